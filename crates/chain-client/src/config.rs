//! The chain's types, in the terms of `substrate-api-client`.

use primitives::{AccountId, Amount, BlockNumber};
use sp_core::{sr25519, H256};
use sp_runtime::generic::{Block, Header, SignedBlock};
use sp_runtime::traits::BlakeTwo256;
use sp_runtime::{MultiAddress, MultiSignature, OpaqueExtrinsic};
use substrate_api_client::ac_primitives::{
    AccountData, Config, ExtrinsicSigner, GenericAdditionalParams, GenericExtrinsicParams, PlainTip,
};

/// No tip is ever paid. The runtime's tip is a compact u64; compact integers of any width encode alike.
type Tip = PlainTip<u128>;

pub(crate) type ChainHeader = Header<BlockNumber, BlakeTwo256>;
pub(crate) type ChainBlock = SignedBlock<Block<ChainHeader, OpaqueExtrinsic>>;
pub(crate) type Signer = ExtrinsicSigner<RuntimeConfig>;
pub(crate) type Params = GenericExtrinsicParams<RuntimeConfig, Tip>;
pub(crate) type AdditionalParams = GenericAdditionalParams<Tip, H256>;

/// Its extrinsic parameters are the library's generic ones: era, nonce, tip and the metadata-hash mode travel with the
/// call; versions, genesis and checkpoint are only signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuntimeConfig;

impl Config for RuntimeConfig {
    type Index = u64;
    type BlockNumber = BlockNumber;
    type Hash = H256;
    type AccountId = AccountId;
    type Address = MultiAddress<AccountId, ()>;
    type Signature = MultiSignature;
    type Hasher = BlakeTwo256;
    type Header = ChainHeader;
    type AccountData = AccountData<Amount>;
    type ExtrinsicParams = Params;
    type CryptoKey = sr25519::Pair;
    type ExtrinsicSigner = Signer;
    type Block = Block<ChainHeader, OpaqueExtrinsic>;
    type Balance = Amount;
    type ContractCurrency = Amount;
    type StakingBalance = Amount;
}
