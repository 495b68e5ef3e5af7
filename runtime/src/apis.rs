//! What a node may ask the runtime.

use crate::{
    columns, genesis, governance, identity, keys, metagraph, stakes, Aura, Balance, Block, Childkeys, Executive,
    Grandpa, InherentDataExt, Neurons, Nonce, Runtime, RuntimeGenesisConfig, SessionKeys, Subnets, System,
    TransactionPayment, Weights, VERSION,
};
use alloc::vec::Vec;
use frame_support::{
    genesis_builder_helper::{build_state, get_preset},
    weights::Weight,
};
use pallet_grandpa::AuthorityId as GrandpaId;
use primitives::{
    AccountId, AuthoritiesInfo, BondRow, ChildKeys, ColdkeySuccessor, ColdkeySwap, Commitment, CreationQuote, Delegate,
    EpochInfo, GovernanceInfo, HyperparamsStatus, Identity, Metagraph, MetagraphColumns, MetagraphField, NetUid,
    RegistrationQuote, RootInfo, StakePosition, SubnetInfo, WeightRow, WeightsStatus,
};
use sp_api::impl_runtime_apis;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_genesis_builder::PresetId;
use sp_runtime::{
    traits::{Block as BlockT, NumberFor},
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult,
};
use sp_version::RuntimeVersion;

impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block);
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> sp_runtime::ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: sp_inherents::InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(
            block: <Block as BlockT>::LazyBlock,
            data: sp_inherents::InherentData,
        ) -> sp_inherents::CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            extrinsic: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, extrinsic, block_hash)
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(header: &<Block as BlockT>::Header) {
            Executive::offchain_worker(header)
        }
    }

    impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
        fn slot_duration() -> sp_consensus_aura::SlotDuration {
            sp_consensus_aura::SlotDuration::from_millis(Aura::slot_duration())
        }

        fn authorities() -> Vec<AuraId> {
            pallet_aura::Authorities::<Runtime>::get().into_inner()
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(seed: Option<Vec<u8>>) -> Vec<u8> {
            SessionKeys::generate(seed)
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
            Grandpa::grandpa_authorities()
        }

        fn current_set_id() -> sp_consensus_grandpa::SetId {
            Grandpa::current_set_id()
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            _proof: sp_consensus_grandpa::EquivocationProof<<Block as BlockT>::Hash, NumberFor<Block>>,
            _owner: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            None
        }

        fn generate_key_ownership_proof(
            _set_id: sp_consensus_grandpa::SetId,
            _authority: GrandpaId,
        ) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
            None
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(
            extrinsic: <Block as BlockT>::Extrinsic,
            length: u32,
        ) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(extrinsic, length)
        }

        fn query_fee_details(
            extrinsic: <Block as BlockT>::Extrinsic,
            length: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_fee_details(extrinsic, length)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, genesis::preset)
        }

        fn preset_names() -> Vec<PresetId> {
            genesis::preset_names()
        }
    }

    impl metagraph_api::MetagraphApi<Block> for Runtime {
        fn metagraph(netuid: NetUid) -> Option<Metagraph> {
            metagraph::metagraph(netuid)
        }

        fn metagraph_fields(netuid: NetUid, fields: Vec<MetagraphField>) -> Option<MetagraphColumns> {
            columns::columns(netuid, &fields)
        }

        fn subnet(netuid: NetUid) -> Option<SubnetInfo> {
            metagraph::subnet(netuid)
        }

        fn epoch(netuid: NetUid) -> Option<EpochInfo> {
            metagraph::epoch(netuid)
        }

        fn registration_quote(netuid: NetUid) -> Option<RegistrationQuote> {
            Neurons::quote(netuid)
        }

        fn creation_quote() -> CreationQuote {
            Subnets::quote()
        }

        fn subnets() -> Vec<SubnetInfo> {
            metagraph::subnets()
        }

        fn hyperparams_status(netuid: NetUid) -> Option<HyperparamsStatus> {
            metagraph::hyperparams_status(netuid)
        }

        fn weights(netuid: NetUid) -> Vec<WeightRow> {
            Weights::set_rows(netuid)
        }

        fn bonds(netuid: NetUid) -> Vec<BondRow> {
            metagraph::bonds(netuid)
        }

        fn identity(coldkey: AccountId) -> Option<Identity> {
            identity::identity(&coldkey)
        }

        fn delegates() -> Vec<Delegate> {
            stakes::delegates()
        }

        fn child_keys(netuid: NetUid, hotkey: AccountId) -> ChildKeys {
            Childkeys::keys_of(netuid, &hotkey)
        }

        fn weights_status(netuid: NetUid, hotkey: AccountId) -> Option<WeightsStatus> {
            Weights::status(netuid, &hotkey)
        }

        fn commitments(netuid: NetUid) -> Vec<Commitment> {
            crate::Commitments::of(netuid)
        }

        fn stakes(coldkey: AccountId) -> Vec<StakePosition> {
            stakes::stakes(&coldkey)
        }

        fn root() -> RootInfo {
            metagraph::root()
        }
    }

    impl metagraph_api::KeysApi<Block> for Runtime {
        fn coldkey_swap(coldkey: AccountId) -> Option<ColdkeySwap> {
            pallet_keys::ColdkeySwaps::<Runtime>::get(coldkey)
        }

        fn coldkey_successor(old: AccountId, new: AccountId) -> ColdkeySuccessor {
            keys::coldkey_successor(old, &new)
        }
    }

    impl metagraph_api::GovernanceApi<Block> for Runtime {
        fn governance() -> GovernanceInfo {
            governance::governance()
        }

        fn authorities() -> AuthoritiesInfo {
            governance::authorities()
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
            crate::benchmarks::list(extra)
        }

        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
            crate::benchmarks::dispatch(config)
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            let weight = Executive::try_runtime_upgrade(checks).expect("try-runtime reports by panicking");
            (weight, crate::config::RuntimeBlockWeights::get().max_block)
        }

        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            state_root_check: bool,
            signature_check: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            Executive::try_execute_block(block, state_root_check, signature_check, select)
                .expect("try-runtime reports by panicking")
        }
    }
}
