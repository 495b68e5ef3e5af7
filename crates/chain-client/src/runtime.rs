//! What has to be known of the node's runtime before a call can be written down for it.

use crate::{Chain, ChainError};
use codec::Decode;
use sp_core::{Bytes, H256};
use std::sync::Arc;
use substrate_api_client::ac_node_api::Metadata;
use substrate_api_client::ac_primitives::RuntimeVersion;

pub(crate) struct Runtime {
    pub genesis: H256,
    pub version: RuntimeVersion,
    pub metadata: Metadata,
}

impl Chain {
    /// The runtime of the best block; the metadata is fetched again only after an upgrade, or from another chain.
    pub(crate) async fn runtime(&self) -> Result<Arc<Runtime>, ChainError> {
        let connection = &self.inner.connection;
        let (genesis, version): (H256, RuntimeVersion) = tokio::try_join!(
            connection.request("chain_getBlockHash", vec![0.into()]),
            connection.request("state_getRuntimeVersion", vec![]),
        )?;
        let mut known = self.inner.runtime.lock().await;
        if let Some(runtime) = known.as_ref().filter(|known| known.genesis == genesis && known.version == version) {
            return Ok(runtime.clone());
        }
        let bytes: Bytes = connection.request("state_getMetadata", vec![]).await?;
        let metadata = Metadata::decode(&mut bytes.as_ref())
            .map_err(|error| ChainError::VersionMismatch(format!("the node's metadata is not understood ({error})")))?;
        let runtime = Arc::new(Runtime { genesis, version, metadata });
        *known = Some(runtime.clone());
        Ok(runtime)
    }
}
