//! The runtime API through which everybody outside the chain reads it: one call, one consistent snapshot of one block.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::vec::Vec;
use primitives::{
    AccountId, AuthoritiesInfo, BondRow, ChildKeys, ColdkeySuccessor, ColdkeySwap, Commitment, CreationQuote, Delegate,
    EpochInfo, GovernanceInfo, HyperparamsStatus, Identity, Metagraph, MetagraphColumns, MetagraphField, NetUid,
    RegistrationQuote, RootInfo, StakePosition, SubnetInfo, WeightRow, WeightsStatus,
};

sp_api::decl_runtime_apis! {
    /// Reads the incentive network at one block.
    pub trait MetagraphApi {
        /// A subnet with all its neurons, or `None` when there is no such subnet.
        fn metagraph(netuid: NetUid) -> Option<Metagraph>;

        /// The selected columns of the same, or `None` when there is no such subnet. What is not selected is not read.
        fn metagraph_fields(netuid: NetUid, fields: Vec<MetagraphField>) -> Option<MetagraphColumns>;

        /// A subnet without its neurons, with its hyperparameters, or `None` when there is no such subnet.
        fn subnet(netuid: NetUid) -> Option<SubnetInfo>;

        /// When a subnet's epochs run, or `None` when there is no such subnet.
        fn epoch(netuid: NetUid) -> Option<EpochInfo>;

        /// What a seat costs in the next block, and whether and when there is one; `None` when there is no such subnet.
        fn registration_quote(netuid: NetUid) -> Option<RegistrationQuote>;

        /// What creating a subnet costs in the next block, and whether and when it is possible.
        fn creation_quote() -> CreationQuote;

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

        /// What a coldkey says about itself, or `None` when it says nothing.
        fn identity(coldkey: AccountId) -> Option<Identity>;

        /// Every hotkey that somebody stakes on, the one with most stake first.
        fn delegates() -> Vec<Delegate>;

        /// What a hotkey lends and borrows in a subnet.
        fn child_keys(netuid: NetUid, hotkey: AccountId) -> ChildKeys;

        /// Whether a hotkey may give weights in the next block, and what it has committed. `None` when there is no such
        /// subnet.
        fn weights_status(netuid: NetUid, hotkey: AccountId) -> Option<WeightsStatus>;

        /// What the seats of a subnet say about themselves, in uid order; those that say nothing are left out.
        fn commitments(netuid: NetUid) -> Vec<Commitment>;

        /// What a coldkey has staked, and what it earns there, over all subnets; in hotkey order.
        fn stakes(coldkey: AccountId) -> Vec<StakePosition>;

        /// The root network: its seats, their weights and what each subnet gets.
        fn root() -> RootInfo;
    }

    /// Reads which keys are about to be swapped at one block.
    pub trait KeysApi {
        /// What a coldkey has announced; `None` while it stays.
        fn coldkey_swap(coldkey: AccountId) -> Option<ColdkeySwap>;

        /// Whether the coldkey `new` could take the place of `old`, and what that takes.
        fn coldkey_successor(old: AccountId, new: AccountId) -> ColdkeySuccessor;
    }

    /// Reads who runs the network at one block.
    pub trait GovernanceApi {
        /// Who decides, and the open motions.
        fn governance() -> GovernanceInfo;

        /// Who authors and finalises.
        fn authorities() -> AuthoritiesInfo;
    }
}
