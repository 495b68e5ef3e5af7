//! The chain's state transition: wiring only.
//!
//! Behaviour lives in the pallets; here stands which of them exist ([`runtime`]), what each is given ([`config`]), what
//! a node may ask ([`apis`]) and with which state a chain may begin ([`genesis`]).
#![cfg_attr(not(feature = "std"), no_std)]
// The runtime macros generate more nested types than the default allows.
#![recursion_limit = "512"]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
mod columns;
mod config;
pub mod genesis;
mod governance;
mod identity;
mod keys;
mod metagraph;
mod migrations;
mod stakes;
pub mod weights;

pub use columns::columns as columns_of;
pub use config::{PayUnlessFree, ProxyType};
pub use governance::{authorities as authorities_info, governance as governance_info};
pub use identity::identity as identity_of;
pub use keys::coldkey_successor;
pub use metagraph::{
    bonds as bonds_of, epoch as epoch_of, hyperparams_status as hyperparams_status_of, metagraph as metagraph_of,
    root as root_info,
};
pub use stakes::{delegates as delegates_info, stakes as stakes_of};

use alloc::{borrow::Cow, vec::Vec};
use primitives::{AccountId, Amount, BlockNumber};
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256, MultiAddress, MultiSignature};
use sp_version::RuntimeVersion;

pub use apis::RuntimeApi;

pub type Signature = MultiSignature;
pub type Address = MultiAddress<AccountId, ()>;
pub type Balance = Amount;
/// How many extrinsics an account has signed, counted from where [`config::FirstNonce`] lets it begin.
pub type Nonce = sp_runtime::type_with_default::TypeWithDefault<u64, config::FirstNonce>;
pub type Hash = sp_core::H256;
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// What a signed extrinsic carries besides its call, in this order.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    PayUnlessFree,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
);
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

pub type Executive =
    frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

/// Blocks as the node sees them: extrinsics are bytes.
pub mod opaque {
    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;
    pub type Block = sp_runtime::generic::Block<super::Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
    pub struct SessionKeys {
        pub aura: Aura,
        pub grandpa: Grandpa,
    }
}

/// A macro, because the version is copied into the wasm file as it is written here, before constants have values.
macro_rules! version {
    ($spec_version:tt) => {
        #[sp_version::runtime_version]
        pub const VERSION: RuntimeVersion = RuntimeVersion {
            spec_name: Cow::Borrowed("plexus"),
            impl_name: Cow::Borrowed("plexus"),
            authoring_version: 1,
            spec_version: $spec_version,
            impl_version: 1,
            apis: apis::RUNTIME_API_VERSIONS,
            transaction_version: 1,
            system_version: 1,
        };
    };
}

#[cfg(not(feature = "next"))]
version!(1);
#[cfg(feature = "next")]
version!(2);

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type BlockTime = pallet_block_time;
    #[runtime::pallet_index(2)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(3)]
    pub type Aura = pallet_aura;
    #[runtime::pallet_index(4)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(5)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(6)]
    pub type TransactionPayment = pallet_transaction_payment;
    #[runtime::pallet_index(7)]
    pub type SkipFeelessPayment = pallet_skip_feeless_payment;
    #[runtime::pallet_index(8)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(9)]
    pub type Sudo = pallet_sudo;
    #[runtime::pallet_index(10)]
    pub type Proxy = pallet_proxy;
    #[runtime::pallet_index(11)]
    pub type Multisig = pallet_multisig;
    #[runtime::pallet_index(12)]
    pub type Scheduler = pallet_scheduler;
    #[runtime::pallet_index(13)]
    pub type Preimage = pallet_preimage;
    #[runtime::pallet_index(14)]
    pub type SafeMode = pallet_safe_mode;

    // The authorities stand before the session, whose genesis asks for them.
    #[runtime::pallet_index(15)]
    pub type Authorities = pallet_authorities;
    #[runtime::pallet_index(16)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(18)]
    pub type Identity = pallet_identity;

    #[runtime::pallet_index(17)]
    pub type Keys = pallet_keys;

    // The incentive pallets stand in the order in which data flows through a block, which is that of their indices:
    // emission is minted before the epochs that pay it; root, last, decides by whose shares the next blocks mint.
    #[runtime::pallet_index(20)]
    pub type Subnets = pallet_subnets;
    #[runtime::pallet_index(21)]
    pub type Hyperparams = pallet_hyperparams;
    #[runtime::pallet_index(22)]
    pub type Neurons = pallet_neurons;
    #[runtime::pallet_index(23)]
    pub type Stake = pallet_stake;
    #[runtime::pallet_index(24)]
    pub type Weights = pallet_weights;
    #[runtime::pallet_index(25)]
    pub type Emission = pallet_emission;
    #[runtime::pallet_index(26)]
    pub type Yuma = pallet_yuma;
    #[runtime::pallet_index(27)]
    pub type Root = pallet_root;
    #[runtime::pallet_index(28)]
    pub type Childkeys = pallet_childkeys;
    #[runtime::pallet_index(29)]
    pub type Commitments = pallet_commitments;

    #[runtime::pallet_index(40)]
    pub type Triumvirate = pallet_membership;
    #[runtime::pallet_index(41)]
    pub type Governance = pallet_governance;
}
