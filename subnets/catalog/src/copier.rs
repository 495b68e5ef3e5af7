//! The cheat that every subnet can have on a local network: another miner's answer, passed on as one's own.

use crate::CopyFrom;
use protocol::{solve_path, Client};
use std::sync::Arc;
use subnet::{AccountId, AnySolver, Peer, SolveError, Spec, Upstream};

/// Asks `victim` what it was asked itself.
pub(crate) fn copier(victim: &CopyFrom, spec: Spec) -> Arc<dyn AnySolver> {
    Arc::new(Copier(peer(victim, spec)))
}

pub(crate) fn peer(victim: &CopyFrom, spec: Spec) -> Peer {
    let CopyFrom { netuid, hotkey, axon, pair } = victim.clone();
    Peer { client: Client::new(pair), hotkey, axon, path: solve_path(netuid), spec }
}

struct Copier(Peer);

#[async_trait::async_trait]
impl AnySolver for Copier {
    fn spec(&self) -> Spec {
        self.0.spec.clone()
    }

    async fn solve(&self, _: &AccountId, challenge: &[u8]) -> Result<Vec<u8>, SolveError> {
        self.0.ask(challenge.to_vec()).await
    }
}
