//! A validator that judges nothing: it commits what the others have just revealed.

use chain_client::view::{self, View};
use chain_client::{Call, Chain};
use e2e::{account, hotkey_of, pair, Network, SUBNET};
use primitives::{AccountId, Metagraph, Reveal, Uid, WeightRow, WeightsStatus};
use sp_core::{sr25519, H256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub struct Copier {
    chain: Chain,
    view: View,
    pair: sr25519::Pair,
    hotkey: AccountId,
    judges: Vec<AccountId>,
    promised: HashMap<H256, Reveal>,
}

impl Copier {
    pub fn new(network: &Network, coldkey: &str, judges: &[&str]) -> Self {
        Self {
            chain: network.chain.clone(),
            view: view::follow(network.chain.clone(), SUBNET),
            pair: pair(&hotkey_of(coldkey)),
            hotkey: account(&hotkey_of(coldkey)),
            judges: judges.iter().map(|judge| account(&hotkey_of(judge))).collect(),
            promised: HashMap::new(),
        }
    }

    /// Once an epoch: reveals what it had committed, and commits what the judges reveal, as soon as all of them have.
    pub async fn run(mut self) {
        while self.view.changed().await.is_ok() {
            let Some(metagraph) = self.view.borrow_and_update().clone() else { continue };
            let Ok(status) = self.chain.weights_status(SUBNET, &self.hotkey).await else { continue };
            let call = match self.reveal(&status) {
                Some(reveal) => Some(reveal),
                None => self.commit(&metagraph, &status).await,
            };
            if let Some(call) = call {
                self.chain.submit(&self.pair, call).await.expect("the chain takes it");
            }
        }
    }

    fn reveal(&self, status: &WeightsStatus) -> Option<Call> {
        let due = status.open.first().filter(|commit| commit.reveal_from <= status.block + 1)?;
        Some(Call::RevealWeights { netuid: SUBNET, reveals: vec![self.promised[&due.hash].clone()] })
    }

    async fn commit(&mut self, metagraph: &Metagraph, status: &WeightsStatus) -> Option<Call> {
        let epoch = metagraph.last_epoch?;
        if status.obstacle.is_some() || status.open.last().is_some_and(|commit| commit.committed_at >= epoch) {
            return None;
        }
        let rows = self.chain.weights(SUBNET).await.ok()?;
        let shown = |judge: &AccountId| {
            let uid = metagraph.by_hotkey(judge)?.uid;
            rows.iter().find(|row| row.uid == uid && row.set_at >= epoch)
        };
        let shown: Vec<&WeightRow> = self.judges.iter().map(shown).collect::<Option<_>>()?;
        let (uids, values) = mean(&shown).into_iter().unzip();
        let reveal = Reveal { uids, values, salt: [7; 32], version: metagraph.subnet.hyperparams.weights_version };
        let hash = reveal.hash(&self.hotkey, SUBNET);
        self.promised.insert(hash, reveal);
        Some(Call::CommitWeights { netuid: SUBNET, hash })
    }
}

/// The mean of rows that each count alike; its largest value is `u16::MAX`.
fn mean(rows: &[&WeightRow]) -> Vec<(Uid, u16)> {
    let share = |row: &WeightRow, uid: Uid| {
        let total: f64 = row.weights.iter().map(|(_, weight)| f64::from(*weight)).sum();
        row.weights.iter().find(|(other, _)| *other == uid).map_or(0.0, |(_, weight)| f64::from(*weight) / total)
    };
    let uids: BTreeSet<Uid> = rows.iter().flat_map(|row| row.weights.iter().map(|(uid, _)| *uid)).collect();
    let sums: BTreeMap<Uid, f64> =
        uids.into_iter().map(|uid| (uid, rows.iter().map(|row| share(row, uid)).sum())).collect();
    let largest = sums.values().copied().fold(0.0, f64::max);
    sums.into_iter().map(|(uid, sum)| (uid, (sum / largest * f64::from(u16::MAX)).round() as u16)).collect()
}

#[test]
fn what_is_copied_lies_between_what_was_shown() {
    let row = |weights: &[(Uid, u16)]| WeightRow { uid: 0, set_at: 0, weights: weights.to_vec() };
    let rows = [row(&[(1, 30), (2, 10)]), row(&[(1, 5), (3, 5)])];
    assert_eq!(mean(&[&rows[0], &rows[1]]), [(1, 65_535), (2, 13_107), (3, 26_214)]);
}
