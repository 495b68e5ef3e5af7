//! The shape of the chain as the node needs it: its primitive types and the runtime APIs that the node calls.
//!
//! The client is generic over a type that implements these APIs, yet it only uses the type to learn how each call's
//! arguments and result are encoded; the code that answers is the wasm in the chain's state. So the node declares the
//! signatures on an empty type instead of linking the runtime, and the bodies below are never run. An API that a newer
//! runtime adds needs a line here only when the node itself calls it.

#![allow(dead_code, reason = "the client takes the signatures from here and never runs a body")]

use pallet_transaction_payment_rpc_runtime_api::{FeeDetails, RuntimeDispatchInfo};
use primitives::{
    AccountId, Amount, BlockNumber, BondRow, ChildKeys, Commitment, CreationQuote, Delegate, EpochInfo,
    HyperparamsStatus, Identity, Metagraph, MetagraphColumns, MetagraphField, NetUid, RegistrationQuote, RootInfo,
    StakePosition, SubnetInfo, WeightRow, WeightsStatus,
};
use sp_consensus_aura::{sr25519::AuthorityId as AuraId, SlotDuration};
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, Block as BlockT},
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, ExtrinsicInclusionMode, OpaqueExtrinsic, Weight,
};

pub type Hash = sp_core::H256;
pub type Nonce = u64;
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block whose extrinsics are bytes: only the runtime reads them.
pub type Block = generic::Block<Header, OpaqueExtrinsic>;
type LazyBlock = <Block as BlockT>::LazyBlock;

struct Runtime;

/// Stands for the code that only the wasm runtime has.
fn answered_by_wasm() -> ! {
    unreachable!("the client encodes every runtime call and hands it to the wasm executor")
}

sp_api::impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> sp_version::RuntimeVersion { answered_by_wasm() }
        fn execute_block(_: LazyBlock) { answered_by_wasm() }
        fn initialize_block(_: &Header) -> ExtrinsicInclusionMode { answered_by_wasm() }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata { answered_by_wasm() }
        fn metadata_at_version(_: u32) -> Option<OpaqueMetadata> { answered_by_wasm() }
        fn metadata_versions() -> Vec<u32> { answered_by_wasm() }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(_: OpaqueExtrinsic) -> ApplyExtrinsicResult { answered_by_wasm() }
        fn finalize_block() -> Header { answered_by_wasm() }
        fn inherent_extrinsics(_: InherentData) -> Vec<OpaqueExtrinsic> { answered_by_wasm() }
        fn check_inherents(_: LazyBlock, _: InherentData) -> CheckInherentsResult { answered_by_wasm() }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(_: TransactionSource, _: OpaqueExtrinsic, _: Hash) -> TransactionValidity {
            answered_by_wasm()
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(_: &Header) { answered_by_wasm() }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(_: Option<Vec<u8>>) -> Vec<u8> { answered_by_wasm() }
        fn decode_session_keys(_: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> { answered_by_wasm() }
    }

    impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
        fn slot_duration() -> SlotDuration { answered_by_wasm() }
        fn authorities() -> Vec<AuraId> { answered_by_wasm() }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList { answered_by_wasm() }
        fn current_set_id() -> sp_consensus_grandpa::SetId { answered_by_wasm() }
        fn submit_report_equivocation_unsigned_extrinsic(
            _: sp_consensus_grandpa::EquivocationProof<Hash, BlockNumber>,
            _: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            answered_by_wasm()
        }
        fn generate_key_ownership_proof(
            _: sp_consensus_grandpa::SetId,
            _: GrandpaId,
        ) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
            answered_by_wasm()
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(_: AccountId) -> Nonce { answered_by_wasm() }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Amount> for Runtime {
        fn query_info(_: OpaqueExtrinsic, _: u32) -> RuntimeDispatchInfo<Amount> { answered_by_wasm() }
        fn query_fee_details(_: OpaqueExtrinsic, _: u32) -> FeeDetails<Amount> { answered_by_wasm() }
        fn query_weight_to_fee(_: Weight) -> Amount { answered_by_wasm() }
        fn query_length_to_fee(_: u32) -> Amount { answered_by_wasm() }
    }

    impl metagraph_api::MetagraphApi<Block> for Runtime {
        fn metagraph(_: NetUid) -> Option<Metagraph> { answered_by_wasm() }
        fn metagraph_fields(_: NetUid, _: Vec<MetagraphField>) -> Option<MetagraphColumns> { answered_by_wasm() }
        fn subnet(_: NetUid) -> Option<SubnetInfo> { answered_by_wasm() }
        fn epoch(_: NetUid) -> Option<EpochInfo> { answered_by_wasm() }
        fn registration_quote(_: NetUid) -> Option<RegistrationQuote> { answered_by_wasm() }
        fn creation_quote() -> CreationQuote { answered_by_wasm() }
        fn subnets() -> Vec<SubnetInfo> { answered_by_wasm() }
        fn hyperparams_status(_: NetUid) -> Option<HyperparamsStatus> { answered_by_wasm() }
        fn weights(_: NetUid) -> Vec<WeightRow> { answered_by_wasm() }
        fn bonds(_: NetUid) -> Vec<BondRow> { answered_by_wasm() }
        fn identity(_: AccountId) -> Option<Identity> { answered_by_wasm() }
        fn delegates() -> Vec<Delegate> { answered_by_wasm() }
        fn child_keys(_: NetUid, _: AccountId) -> ChildKeys { answered_by_wasm() }
        fn weights_status(_: NetUid, _: AccountId) -> Option<WeightsStatus> { answered_by_wasm() }
        fn commitments(_: NetUid) -> Vec<Commitment> { answered_by_wasm() }
        fn stakes(_: AccountId) -> Vec<StakePosition> { answered_by_wasm() }
        fn root() -> RootInfo { answered_by_wasm() }
    }
}
