use crate::{SolveError, Spec};
use primitives::{AccountId, Axon};
use protocol::Client;

/// Somebody else who answers challenges, as bytes; who and where is not the solver's business.
#[async_trait::async_trait]
pub trait Upstream: Send + Sync + 'static {
    async fn ask(&self, challenge: Vec<u8>) -> Result<Vec<u8>, SolveError>;
}

/// Another miner on the network, asked as any validator would ask it.
pub struct Peer {
    pub client: Client,
    pub hotkey: AccountId,
    pub axon: Axon,
    /// Where it answers challenges, such as `/v1/solve/1`.
    pub path: String,
    /// Its deadline and sizes bound the call.
    pub spec: Spec,
}

#[async_trait::async_trait]
impl Upstream for Peer {
    async fn ask(&self, challenge: Vec<u8>) -> Result<Vec<u8>, SolveError> {
        let Spec { deadline, max_answer_bytes, .. } = self.spec;
        let answer =
            self.client.call(&self.hotkey, &self.axon, &self.path, challenge, deadline, max_answer_bytes).await;
        Ok(answer.map_err(|error| SolveError::Failed(format!("The miner behind this one failed: {error}.")))?.body)
    }
}
