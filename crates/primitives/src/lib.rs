//! Ids, amounts and wire-stable types that every other crate shares.
//!
//! Nothing here knows FRAME, a network or a file: a type that crosses a boundary (chain to client, client to user)
//! lives here, once.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod amount;
mod axon;
mod hyperparams;
mod ids;
mod metagraph;
mod work;

pub use amount::mul_div;
pub use axon::{Axon, AxonError, IpAddress};
pub use hyperparams::{HyperparamError, Hyperparams, HyperparamsStatus};
pub use ids::{AccountId, Amount, BlockNumber, NetUid, Proportion, Uid, MAX_UIDS, TOKEN};
pub use metagraph::{BondRow, Metagraph, NeuronInfo, SubnetInfo, WeightRow};
pub use work::{is_worth, Work, H256};
