//! Writing a call down, signed and valid for a few blocks.

use crate::config::{AdditionalParams, Params, Signer};
use crate::runtime::Runtime;
use crate::{Call, Chain, ChainError};
use codec::Encode;
use primitives::{AccountId, BlockNumber};
use sp_core::{blake2_256, sr25519, Bytes, Pair, H256};
use sp_runtime::generic::Era;
use substrate_api_client::ac_compose_macros::compose_extrinsic_offline;
use substrate_api_client::ac_node_api::Encoded;
use substrate_api_client::ac_primitives::ExtrinsicParams;

/// Blocks for which an extrinsic is valid, a power of two. Short, so that an unknown outcome becomes known soon.
const LIFETIME: u64 = 32;
/// The block that an extrinsic names lies this far back, so that a reorganised head does not invalidate it.
const DEPTH: BlockNumber = 4;

/// A signed extrinsic. Its nonce admits it to the chain once, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extrinsic {
    pub bytes: Bytes,
    /// The first and last block that can hold it.
    pub first_block: BlockNumber,
    pub last_block: BlockNumber,
}

impl Extrinsic {
    pub fn hash(&self) -> H256 {
        blake2_256(&self.bytes).into()
    }

    /// The hash as hex with 0x.
    pub fn name(&self) -> String {
        format!("{:?}", self.hash())
    }
}

/// What the chain contributes to an extrinsic.
struct Terms {
    nonce: u64,
    best: BlockNumber,
    checkpoint: BlockNumber,
    checkpoint_hash: H256,
}

impl Chain {
    /// `call`, signed with the account's next nonce and not sent.
    pub async fn prepare(&self, signer: &sr25519::Pair, call: &Call) -> Result<Extrinsic, ChainError> {
        let runtime = self.runtime().await?;
        let call = call.encode(&runtime.metadata)?;
        let terms = self.terms(&signer.public().into()).await?;
        Ok(sign(signer, call, &runtime, &terms))
    }

    /// `call` as many times as `times`, signed with the account's next nonces and not sent.
    pub async fn sign_in_a_row(
        &self,
        signer: &sr25519::Pair,
        call: &Call,
        times: u32,
    ) -> Result<Vec<Bytes>, ChainError> {
        let runtime = self.runtime().await?;
        let call = call.encode(&runtime.metadata)?;
        let terms = self.terms(&signer.public().into()).await?;
        let at = |nonce| sign(signer, call.clone(), &runtime, &Terms { nonce, ..terms }).bytes;
        Ok((0..u64::from(times)).map_while(|ahead| terms.nonce.checked_add(ahead)).map(at).collect())
    }

    async fn terms(&self, account: &AccountId) -> Result<Terms, ChainError> {
        let best = self.best_block().await?;
        let checkpoint = best.saturating_sub(DEPTH);
        let connection = &self.inner.connection;
        let (nonce, checkpoint_hash) = tokio::try_join!(
            connection.request("system_accountNextIndex", vec![account.to_string().into()]),
            self.block_hash(checkpoint)
        )?;
        let missing = || ChainError::VersionMismatch(format!("the node lost its block {checkpoint}"));
        Ok(Terms { nonce, best, checkpoint, checkpoint_hash: checkpoint_hash.ok_or_else(missing)? })
    }
}

fn sign(signer: &sr25519::Pair, call: Vec<u8>, runtime: &Runtime, terms: &Terms) -> Extrinsic {
    let era = Era::mortal(LIFETIME, terms.checkpoint.into());
    let additional = AdditionalParams::new().era(era, terms.checkpoint_hash);
    let version = &runtime.version;
    let params =
        Params::new(version.spec_version, version.transaction_version, terms.nonce, runtime.genesis, additional);
    let (signer, call) = (Signer::new(signer.clone()), Encoded(call));
    Extrinsic {
        bytes: compose_extrinsic_offline!(signer, call, params).encode().into(),
        first_block: terms.best.saturating_add(1),
        last_block: terms.checkpoint.saturating_add(LIFETIME as BlockNumber - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::{Compact, Decode};
    use scripted_node::metadata::fixture;
    use sp_runtime::{MultiAddress, MultiSignature};
    use substrate_api_client::ac_primitives::RuntimeVersion;

    const CALL: [u8; 4] = [8, 1, 3, 0];

    fn signed(call: Vec<u8>) -> Extrinsic {
        let version = RuntimeVersion { spec_version: 7, transaction_version: 2, ..Default::default() };
        let runtime = Runtime { genesis: H256([1; 32]), version, metadata: fixture() };
        let terms = Terms { nonce: 9, best: 70, checkpoint: 66, checkpoint_hash: H256([2; 32]) };
        sign(&alice(), call, &runtime, &terms)
    }

    fn alice() -> sr25519::Pair {
        sr25519::Pair::from_string("//Alice", None).unwrap()
    }

    /// Era, nonce, tip and metadata-hash mode, in the order of the runtime's extensions.
    fn extension() -> Vec<u8> {
        (Era::mortal(32, 66), Compact(9u32), Compact(0u64), 0u8).encode()
    }

    fn signature_holds(extrinsic: &Extrinsic, call: &[u8], implicit: &[u8]) -> bool {
        let mut bytes = &extrinsic.bytes.0[..];
        let Compact(length) = Compact::<u32>::decode(&mut bytes).unwrap();
        assert_eq!(length as usize, bytes.len());
        assert_eq!(u8::decode(&mut bytes), Ok(0b1000_0100), "signed, version 4");
        let sender = MultiAddress::<AccountId, ()>::decode(&mut bytes).unwrap();
        assert_eq!(sender, MultiAddress::Id(alice().public().into()));
        let MultiSignature::Sr25519(signature) = MultiSignature::decode(&mut bytes).unwrap() else { panic!() };
        assert_eq!(bytes, [extension().as_slice(), call].concat());
        let payload = [call, &extension(), implicit].concat();
        let signed = if payload.len() > 256 { blake2_256(&payload).to_vec() } else { payload };
        sr25519::Pair::verify(&signature, signed, &alice().public())
    }

    /// Versions, genesis and checkpoint, and that there is no metadata hash.
    fn implicit() -> Vec<u8> {
        (7u32, 2u32, [1u8; 32], [2u8; 32], None::<()>).encode()
    }

    #[test]
    fn an_extrinsic_is_what_the_runtimes_extensions_read_and_check() {
        assert!(signature_holds(&signed(CALL.into()), &CALL, &implicit()));
        let elsewhere = (7u32, 2u32, [3u8; 32], [2u8; 32], None::<()>).encode();
        assert!(!signature_holds(&signed(CALL.into()), &CALL, &elsewhere));
    }

    #[test]
    fn a_long_call_is_signed_by_its_hash() {
        let long = vec![8; 300];
        assert!(signature_holds(&signed(long.clone()), &long, &implicit()));
    }

    #[test]
    fn an_extrinsic_knows_the_blocks_that_can_hold_it() {
        let extrinsic = signed(CALL.into());
        assert_eq!((extrinsic.first_block, extrinsic.last_block), (71, 97));
        assert_eq!(Era::mortal(LIFETIME, 66).death(70), 98);
    }
}
