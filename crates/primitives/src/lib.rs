//! Ids, amounts and wire-stable types that every other crate shares.
//!
//! Nothing here knows FRAME, a network or a file: a type that crosses a boundary (chain to client, client to user)
//! lives here, once.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod amount;
mod axon;
mod childkeys;
mod columns;
mod commitment;
mod commits;
mod governance;
mod hyperparams;
mod identity;
mod ids;
mod keys;
mod metagraph;
mod pace;
mod quotes;
mod root;
mod work;

pub use amount::mul_div;
pub use axon::{Axon, AxonError, IpAddress};
pub use childkeys::{ChildKeys, Loan};
pub use columns::{MetagraphColumns, MetagraphField};
pub use commitment::{Commitment, MAX_COMMITMENT};
pub use commits::{OpenCommit, Reveal, WeightsObstacle, WeightsStatus, MAX_OPEN_COMMITS};
pub use governance::{AuthoritiesInfo, AuthorityInfo, GovernanceInfo, MotionInfo, Standing};
pub use hyperparams::{HyperparamError, Hyperparams, HyperparamsStatus, MAX_TEMPO, MAX_VALIDATORS};
pub use identity::{is_plain, Identity, SubnetIdentity, TextError};
pub use ids::{AccountId, Amount, BlockNumber, NetUid, Proportion, Uid, MAX_SUBNETS, MAX_UIDS, TOKEN};
pub use keys::{ColdkeySuccessor, ColdkeySwap, SuccessorObstacle, MAX_HOTKEYS, MAX_SWAPPED_POSITIONS};
pub use metagraph::{
    BondRow, Delegate, EpochInfo, Metagraph, NeuronInfo, SeatPay, StakePosition, SubnetInfo, WeightRow,
};
pub use pace::has_rested;
pub use quotes::{CreationObstacle, CreationQuote, RegistrationObstacle, RegistrationQuote};
pub use root::{RootInfo, RootRules, RootSeat, SubnetShare, MAX_ROOT_SEATS, WHOLE_SHARE};
pub use work::{is_worth, Work, H256};
