//! The runtime API through which everybody outside the chain reads it: one call, one consistent snapshot of one block.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::vec::Vec;
use primitives::{
    AccountId, Amount, AuthoritiesInfo, BondRow, ChildKeys, ColdkeySwap, Commitment, Delegate, GovernanceInfo,
    HyperparamsStatus, Metagraph, NetUid, RootInfo, SubnetInfo, WeightRow, WeightsStatus,
};

sp_api::decl_runtime_apis! {
    /// Reads the incentive network at one block.
    pub trait MetagraphApi {
        /// A subnet with all its neurons, or `None` when there is no such subnet.
        fn metagraph(netuid: NetUid) -> Option<Metagraph>;

        /// All subnets, in netuid order.
        fn subnets() -> Vec<SubnetInfo>;

        /// When a subnet's owner may change which hyperparameters, or `None` when there is no such subnet.
        fn hyperparams_status(netuid: NetUid) -> Option<HyperparamsStatus>;

        /// The weights that each neuron of a subnet last set, in uid order; neurons without weights have no row.
        /// Empty when there is no such subnet.
        fn weights(netuid: NetUid) -> Vec<WeightRow>;

        /// The bonds that each neuron of a subnet holds, in uid order; neurons without bonds have no row. Empty when
        /// there is no such subnet.
        fn bonds(netuid: NetUid) -> Vec<BondRow>;

        /// Every hotkey that somebody stakes on, the one with most stake first.
        fn delegates() -> Vec<Delegate>;

        /// What a hotkey lends and borrows in a subnet.
        fn child_keys(netuid: NetUid, hotkey: AccountId) -> ChildKeys;

        /// Whether a hotkey may give weights in the next block, and what it has committed. `None` when there is no such
        /// subnet.
        fn weights_status(netuid: NetUid, hotkey: AccountId) -> Option<WeightsStatus>;

        /// What the seats of a subnet say about themselves, in uid order; those that say nothing are left out.
        fn commitments(netuid: NetUid) -> Vec<Commitment>;

        /// What a coldkey has staked: each hotkey with its amount in base units, in hotkey order.
        fn stakes(coldkey: AccountId) -> Vec<(AccountId, Amount)>;

        /// The root network: its seats, their weights and what each subnet gets.
        fn root() -> RootInfo;
    }

    /// Reads which keys are about to be swapped at one block.
    pub trait KeysApi {
        /// What a coldkey has announced; `None` while it stays.
        fn coldkey_swap(coldkey: AccountId) -> Option<ColdkeySwap>;
    }

    /// Reads who runs the network at one block.
    pub trait GovernanceApi {
        /// Who decides, and the open motions.
        fn governance() -> GovernanceInfo;

        /// Who authors and finalises.
        fn authorities() -> AuthoritiesInfo;
    }
}
