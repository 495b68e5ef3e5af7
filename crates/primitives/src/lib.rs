//! Ids, amounts and wire-stable types that every other crate shares.
//!
//! Nothing here knows FRAME, a network or a file: a type that crosses a boundary (chain to client, client to user)
//! lives here, once.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod amount;
mod axon;
mod governance;
mod hyperparams;
mod ids;
mod metagraph;

pub use amount::mul_div;
pub use axon::{Axon, AxonError, IpAddress};
pub use governance::{AuthoritiesInfo, AuthorityInfo, GovernanceInfo, MotionInfo, Standing};
pub use hyperparams::{HyperparamError, Hyperparams};
pub use ids::{AccountId, Amount, BlockNumber, NetUid, Proportion, Uid, MAX_UIDS, TOKEN};
pub use metagraph::{BondRow, Metagraph, NeuronInfo, SubnetInfo, WeightRow};
