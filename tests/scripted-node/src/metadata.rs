//! Metadata with the runtime's calls, and events that fit it.
// Names and shapes are the runtime's; only their types are used.
#![allow(dead_code, non_camel_case_types)]

use codec::{Decode, Encode};
use frame_metadata::v14::{
    ExtrinsicMetadata, PalletCallMetadata, PalletErrorMetadata, PalletEventMetadata, PalletMetadata, RuntimeMetadataV14,
};
use frame_metadata::RuntimeMetadataPrefixed;
use primitives::{AccountId, Amount, Axon, BlockNumber, Hyperparams, NetUid, Reveal, SubnetIdentity};
use scale_info::{meta_type, MetaType, TypeInfo};
use sp_core::H256;
use sp_runtime::{DispatchError, DispatchResult, ModuleError, MultiAddress, MultiSignature};
use std::marker::PhantomData;
use substrate_api_client::ac_node_api::{Encoded, Metadata, Phase};

#[derive(TypeInfo)]
enum SystemCall {
    #[codec(index = 9)]
    authorize_upgrade { code_hash: H256 },
    #[codec(index = 11)]
    apply_authorized_upgrade { code: Vec<u8> },
}

#[derive(TypeInfo)]
enum SessionCall {
    set_keys { keys: ([u8; 32], [u8; 32]), proof: Vec<u8> },
}

#[derive(TypeInfo)]
enum AuthoritiesCall {
    add { authority: AccountId },
    remove { authority: AccountId },
}

#[derive(TypeInfo)]
enum GovernanceCall {
    propose { call: Box<RuntimeCall> },
    vote { hotkey: AccountId, motion: u32, approve: bool },
    close { motion: u32 },
}

#[derive(TypeInfo)]
enum GovernanceEvent {
    Proposed { motion: u32, proposer: AccountId, ends: u32 },
    Executed { motion: u32, result: DispatchResult },
}

#[derive(TypeInfo)]
enum SystemEvent {
    ExtrinsicSuccess { dispatch_info: u32 },
    ExtrinsicFailed { dispatch_error: DispatchError, dispatch_info: u32 },
}

#[derive(TypeInfo)]
enum BalancesCall {
    #[codec(index = 3)]
    transfer_keep_alive {
        dest: MultiAddress<AccountId, ()>,
        #[codec(compact)]
        value: Amount,
    },
}

#[derive(TypeInfo)]
enum SudoCall {
    sudo { call: Box<RuntimeCall> },
}

#[derive(TypeInfo)]
enum SudoEvent {
    Sudid { sudo_result: DispatchResult },
}

#[derive(TypeInfo)]
enum SubnetsCall {
    create { owner_hotkey: AccountId },
    dissolve { netuid: NetUid },
    describe { netuid: NetUid, identity: SubnetIdentity },
}

#[derive(TypeInfo)]
enum SubnetsEvent {
    Created { netuid: NetUid, owner: AccountId, locked: Amount },
}

#[derive(TypeInfo)]
#[scale_info(capture_docs = "always")]
enum SubnetsError {
    /// This subnet does not exist.
    NoSuchSubnet,
    /// Only the owner may do this;
    /// sign with the owner's coldkey.
    NotOwner,
}

#[derive(TypeInfo)]
enum OutdatedSubnetsCall {
    create { owner_hotkey: AccountId },
    dissolve { netuid: NetUid, refund: bool },
}

#[derive(TypeInfo)]
enum HyperparamsCall {
    set { netuid: NetUid, params: Hyperparams },
}

#[derive(TypeInfo)]
enum NeuronsCall {
    register { netuid: NetUid, hotkey: AccountId, max_burn: Amount },
    serve_axon { netuid: NetUid, axon: Axon },
    register_pow { netuid: NetUid, hotkey: AccountId, block_number: BlockNumber, nonce: u64 },
    serve_prometheus { netuid: NetUid, endpoint: Axon },
}

#[derive(TypeInfo)]
enum StakeCall {
    add { hotkey: AccountId, amount: Amount },
    remove { hotkey: AccountId, amount: Amount },
}

#[derive(TypeInfo)]
enum WeightsCall {
    set_weights { netuid: NetUid, uids: Vec<u16>, values: Vec<u16>, version: u64 },
    commit { netuid: NetUid, hash: H256 },
    reveal { netuid: NetUid, reveals: Vec<Reveal> },
}

#[derive(TypeInfo)]
enum RootCall {
    register { hotkey: AccountId },
    set_weights { netuids: Vec<NetUid>, values: Vec<u16> },
}

#[derive(TypeInfo)]
enum RuntimeCall {
    #[codec(index = 0)]
    System(SystemCall),
    #[codec(index = 8)]
    Subnets(SubnetsCall),
}

#[derive(TypeInfo)]
enum RuntimeEvent {
    System(SystemEvent),
}

#[derive(TypeInfo)]
struct UncheckedExtrinsic<Address, Call, Signature, Extra>(PhantomData<(Address, Call, Signature, Extra)>);

/// The runtime's calls, under indices of the test's choice.
pub fn fixture() -> Metadata {
    Metadata::decode(&mut fixture_bytes().as_slice()).unwrap()
}

/// As `state_getMetadata` returns it.
pub fn fixture_bytes() -> Vec<u8> {
    let mut subnets = pallet("Subnets", 8, Some(meta_type::<SubnetsCall>()), Some(meta_type::<SubnetsEvent>()));
    subnets.error = Some(PalletErrorMetadata { ty: meta_type::<SubnetsError>() });
    encode(vec![
        pallet("System", 0, Some(meta_type::<SystemCall>()), Some(meta_type::<SystemEvent>())),
        pallet("Balances", 4, Some(meta_type::<BalancesCall>()), None),
        pallet("Sudo", 7, Some(meta_type::<SudoCall>()), Some(meta_type::<SudoEvent>())),
        subnets,
        pallet("Hyperparams", 9, Some(meta_type::<HyperparamsCall>()), None),
        pallet("Neurons", 10, Some(meta_type::<NeuronsCall>()), None),
        pallet("Stake", 11, Some(meta_type::<StakeCall>()), None),
        pallet("Weights", 12, Some(meta_type::<WeightsCall>()), None),
        pallet("Root", 13, Some(meta_type::<RootCall>()), None),
        pallet("Authorities", 15, Some(meta_type::<AuthoritiesCall>()), None),
        pallet("Session", 16, Some(meta_type::<SessionCall>()), None),
        pallet("Governance", 41, Some(meta_type::<GovernanceCall>()), Some(meta_type::<GovernanceEvent>())),
    ])
}

/// A runtime of another version: no staking, and another way to dissolve.
pub fn outdated() -> Metadata {
    let pallets = vec![pallet("Subnets", 8, Some(meta_type::<OutdatedSubnetsCall>()), None)];
    Metadata::decode(&mut encode(pallets).as_slice()).unwrap()
}

fn pallet(name: &'static str, index: u8, calls: Option<MetaType>, events: Option<MetaType>) -> PalletMetadata {
    PalletMetadata {
        name,
        storage: None,
        calls: calls.map(|ty| PalletCallMetadata { ty }),
        event: events.map(|ty| PalletEventMetadata { ty }),
        constants: vec![],
        error: None,
        index,
    }
}

fn encode(pallets: Vec<PalletMetadata>) -> Vec<u8> {
    type Extrinsic = UncheckedExtrinsic<MultiAddress<AccountId, ()>, RuntimeCall, MultiSignature, ()>;
    let extrinsic = ExtrinsicMetadata { ty: meta_type::<Extrinsic>(), version: 4, signed_extensions: vec![] };
    let runtime = RuntimeMetadataV14::new(pallets, extrinsic, meta_type::<RuntimeEvent>());
    RuntimeMetadataPrefixed::from(runtime).encode()
}

/// One event as `System.Events` holds it.
#[derive(Clone, Encode)]
pub struct Record {
    phase: Phase,
    pallet: u8,
    variant: u8,
    fields: Encoded,
    topics: Vec<H256>,
}

impl Record {
    fn new(extrinsic: u32, (pallet, variant): (u8, u8), fields: impl Encode) -> Self {
        let (phase, fields) = (Phase::ApplyExtrinsic(extrinsic), Encoded(fields.encode()));
        Self { phase, pallet, variant, fields, topics: vec![H256::zero()] }
    }

    pub fn succeeded(extrinsic: u32) -> Self {
        Self::new(extrinsic, (0, 0), 0u32)
    }

    pub fn failed(extrinsic: u32, error: DispatchError) -> Self {
        Self::new(extrinsic, (0, 1), (error, 0u32))
    }

    pub fn sudid(extrinsic: u32, result: DispatchResult) -> Self {
        Self::new(extrinsic, (7, 0), result)
    }

    pub fn created(extrinsic: u32, netuid: NetUid) -> Self {
        Self::new(extrinsic, (8, 0), (netuid, AccountId::new([1; 32]), 1u64))
    }

    pub fn proposed(extrinsic: u32, motion: u32) -> Self {
        Self::new(extrinsic, (41, 0), (motion, AccountId::new([1; 32]), 9u32))
    }

    pub fn executed(extrinsic: u32, motion: u32, result: DispatchResult) -> Self {
        Self::new(extrinsic, (41, 1), (motion, result))
    }
}

/// `SubnetsError::NotOwner`.
pub fn module_error() -> DispatchError {
    DispatchError::Module(ModuleError { index: 8, error: [1, 0, 0, 0], message: None })
}
