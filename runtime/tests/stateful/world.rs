//! The chain under test: blocks full of random calls, and what must hold between them.

use crate::{
    chain,
    generate::Generator,
    state::{raw_state, State},
};
use frame_support::traits::GetCallMetadata;
use plexus_runtime::{Executive, Runtime, RuntimeCall, System};
use primitives::{Amount, ColdkeySwap, Hyperparams, Loan, NetUid, Reveal, TOKEN};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Who acts: each name has a coldkey `//Name` with funds and a hotkey `//Name//hotkey`.
const NAMES: [&str; 10] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie", "Grace", "Heidi", "Ivan", "Judy"];
/// Root, too.
const ALICE: &str = "//Alice";
const CALLS_IN_A_BLOCK: u32 = 25;
/// One in so many failed calls is compared key by key with the state before it.
const COMPARED: u32 = 20;

/// What became of each call, by `Pallet.call`.
#[derive(Default)]
pub struct Tally(pub BTreeMap<String, Outcomes>);

#[derive(Default, Clone, Copy)]
pub struct Outcomes {
    pub done: u64,
    pub failed: u64,
    pub invalid: u64,
}

impl Tally {
    fn count(&mut self, name: &str, outcome: Option<bool>) {
        let outcomes = self.0.entry(name.into()).or_default();
        match outcome {
            Some(true) => outcomes.done += 1,
            Some(false) => outcomes.failed += 1,
            None => outcomes.invalid += 1,
        }
    }
}

impl Outcomes {
    pub fn sum(&self) -> u64 {
        self.done + self.failed + self.invalid
    }

    pub fn add(&mut self, more: Self) {
        self.done += more.done;
        self.failed += more.failed;
        self.invalid += more.invalid;
    }
}

pub struct World {
    generator: Generator,
    tally: Tally,
    /// What was committed and waits to be revealed, which no chance would guess: subnet, hotkey and row.
    hidden: Vec<(NetUid, String, Reveal)>,
    /// Who acts, as coldkey and hotkey in turn.
    names: Vec<String>,
    /// Coldkeys that are to be swapped, by their place among the names, each with the one that will take over.
    leaving: BTreeMap<usize, String>,
}

/// Runs `calls` random calls from `seed` on a chain on which `issued` base units exist; panics at the first thing that
/// does not hold.
pub fn run(seed: u64, calls: u32, issued: Amount) -> Tally {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let names: Vec<String> = NAMES.iter().flat_map(|name| [format!("//{name}"), format!("//{name}//hotkey")]).collect();
    let accounts = names.iter().map(|name| chain::account(name)).collect();
    let salt = rng.random();
    let mut world = World {
        generator: Generator::new(accounts, ChaCha8Rng::seed_from_u64(salt)),
        tally: Tally::default(),
        hidden: Vec::new(),
        names,
        leaving: BTreeMap::new(),
    };
    let mut ext = chain::genesis(endowments(issued));
    ext.execute_with(chain::next_block);
    ext.execute_with(|| world.found());
    let blocks = calls.div_ceil(CALLS_IN_A_BLOCK);
    for _ in 0..blocks {
        ext.execute_with(|| world.block());
        ext.commit_all().expect("nobody holds a transaction open");
    }
    world.tally
}

/// All coldkeys are equally rich; hotkeys have something for fees, so that not only free calls of theirs get through.
fn endowments(issued: Amount) -> Value {
    let each = issued / NAMES.len() as Amount;
    let coldkeys = NAMES.iter().map(|name| (chain::account(&format!("//{name}")), each - TOKEN));
    let hotkeys = NAMES.iter().map(|name| (chain::account(&format!("//{name}//hotkey")), TOKEN));
    json!({ "balances": { "balances": coldkeys.chain(hotkeys).collect::<Vec<_>>() } })
}

impl World {
    /// Two subnets with seats, stake and shares to begin with, the second one without commit-reveal: chance alone would take
    /// long to get there.
    fn found(&mut self) {
        for owner in ["//Alice", "//Bob"] {
            let owner_hotkey = chain::account(&format!("{owner}//hotkey"));
            chain::submit(owner, pallet_subnets::Call::create { owner_hotkey }).expect("a subnet is affordable");
        }
        let params = Hyperparams { commit_reveal: false, tempo: 9, ..Default::default() };
        let set = RuntimeCall::from(pallet_hyperparams::Call::set { netuid: NetUid(2), params });
        apply("//Alice", pallet_sudo::Call::sudo { call: Box::new(set) }.into());
        for (block, pair) in self.names.chunks(2).enumerate() {
            let _ = chain::register(&pair[0], &pair[1]);
            let hotkey = chain::account(&pair[1]);
            apply(
                &pair[0],
                pallet_neurons::Call::register { netuid: NetUid(2), hotkey: hotkey.clone(), max_burn: TOKEN }.into(),
            );
            apply(&pair[0], pallet_root::Call::register { hotkey }.into());
            let _ = chain::set_root_weights(&pair[1], &[(NetUid(1), 2), (NetUid(2), 1)]);
            let _ = chain::stake(&pair[0], &pair[1], (1 + block as Amount) * 500 * TOKEN);
            chain::next_block();
        }
    }

    fn block(&mut self) {
        for _ in 0..CALLS_IN_A_BLOCK {
            self.one_call();
        }
        chain::next_block();
        self.check();
    }

    fn one_call(&mut self) {
        match self.generator.rng.random_range(0..100) {
            0..4 => self.commit(),
            4..8 => self.reveal(),
            8..12 => self.set_weights(),
            12..16 => self.govern(),
            16 => self.swap_coldkey(),
            17 => self.lend(),
            _ => self.random_call(),
        }
    }

    /// Somebody announces a new coldkey, or what was announced goes on. Never Alice, whose key is root's.
    fn swap_coldkey(&mut self) {
        let rng = &mut self.generator.rng;
        let place = 2 * rng.random_range(1..NAMES.len());
        let old = self.names[place].clone();
        if let Some(new) = self.leaving.get(&place).cloned() {
            return self.go_on_with_swap(place, &old, new);
        }
        let new = format!("{old}//{}", rng.random::<u8>());
        let hash = ColdkeySwap::hash_of(&chain::account(&new));
        if apply(&old, pallet_keys::Call::announce_coldkey_swap { hash }.into()) == Some(true) {
            self.leaving.insert(place, new);
        }
    }

    /// The new coldkey takes over, or tries to; or the old one disputes; or root decides.
    fn go_on_with_swap(&mut self, place: usize, old: &str, new: String) {
        let coldkey = chain::account(old);
        let kind = self.generator.rng.random_range(0..6);
        let call: RuntimeCall = match kind {
            0 => pallet_keys::Call::dispute_coldkey_swap {}.into(),
            1 => pallet_keys::Call::resolve_coldkey_swap { coldkey: coldkey.clone(), new: None }.into(),
            2 => {
                let new = Some(chain::account(&new));
                pallet_keys::Call::resolve_coldkey_swap { coldkey: coldkey.clone(), new }.into()
            }
            _ => pallet_keys::Call::swap_coldkey { old: coldkey.clone() }.into(),
        };
        let name = name_of(&call);
        let outcome = match kind {
            0 => apply(old, call),
            1 | 2 => apply(ALICE, pallet_sudo::Call::sudo { call: Box::new(call) }.into()),
            _ => {
                let dest = chain::account(&new).into();
                apply(ALICE, pallet_balances::Call::transfer_keep_alive { dest, value: TOKEN }.into());
                apply(&new, call)
            }
        };
        self.tally.count(&name, outcome);
        if !pallet_keys::ColdkeySwaps::<Runtime>::contains_key(&coldkey) {
            self.leaving.remove(&place);
            if kind > 1 && outcome == Some(true) {
                self.generator.know(chain::account(&new));
                self.names[place] = new;
            }
        }
    }

    /// A validator hides a row of weights for two seats.
    fn commit(&mut self) {
        let (rng, names) = (&mut self.generator.rng, &self.names);
        let (netuid, hotkey) = (NetUid(rng.random_range(1..3)), &names[2 * rng.random_range(0..NAMES.len()) + 1]);
        let first = rng.random_range(0..4);
        let row =
            Reveal { uids: vec![first, first + 1], values: vec![1, rng.random()], salt: rng.random(), version: 0 };
        let hash = row.hash(&chain::account(hotkey), netuid);
        let outcome = apply(hotkey, pallet_weights::Call::commit { netuid, hash }.into());
        self.tally.count("Weights.commit", outcome);
        if outcome == Some(true) {
            self.hidden.push((netuid, hotkey.clone(), row));
        }
    }

    /// A validator sets its weights where they are not hidden.
    fn set_weights(&mut self) {
        let (rng, names) = (&mut self.generator.rng, &self.names);
        let hotkey = &names[2 * rng.random_range(0..NAMES.len()) + 1];
        let first = rng.random_range(0..4);
        let (uids, values) = (vec![first, first + 1], vec![rng.random(), 1]);
        let call = pallet_weights::Call::set_weights { netuid: NetUid(2), uids, values, version: 0 };
        self.tally.count("Weights.set_weights", apply(hotkey, call.into()));
    }

    /// Somebody lends some of the stake of its hotkey to others, or takes it back.
    fn lend(&mut self) {
        let (rng, names) = (&mut self.generator.rng, &self.names);
        let parent = 2 * rng.random_range(0..NAMES.len());
        let mut child = || chain::account(&names[2 * rng.random_range(0..NAMES.len()) + 1]);
        let loans = [child(), child()].map(|hotkey| Loan { proportion: u64::MAX / 3, hotkey });
        let (netuid, lent) = (NetUid(rng.random_range(1..3)), rng.random_range(0..3));
        let hotkey = chain::account(&names[parent + 1]);
        let call = pallet_childkeys::Call::set_children { netuid, hotkey, children: loans[..lent].to_vec() };
        self.tally.count("Childkeys.set_children", apply(&names[parent], call.into()));
    }

    /// Somebody votes on the oldest open motion, or closes it.
    fn govern(&mut self) {
        let Some(motion) = pallet_governance::Motions::<Runtime>::get().first().map(|motion| motion.index) else {
            return;
        };
        let (rng, names) = (&mut self.generator.rng, &self.names);
        let person = 2 * rng.random_range(0..NAMES.len());
        if rng.random_ratio(1, 5) {
            let outcome = apply(&names[person], pallet_governance::Call::close { motion }.into());
            return self.tally.count("Governance.close", outcome);
        }
        let vote = pallet_governance::Call::vote {
            hotkey: chain::account(&names[person + 1]),
            motion,
            approve: rng.random_ratio(3, 4),
        };
        self.tally.count("Governance.vote", apply(&names[person], vote.into()));
    }

    /// Reveals some commit, in time or not; the oldest are forgotten in the end.
    fn reveal(&mut self) {
        let rng = &mut self.generator.rng;
        let Some(place) = (!self.hidden.is_empty()).then(|| rng.random_range(0..self.hidden.len())) else { return };
        let (netuid, hotkey, row) = self.hidden[place].clone();
        let reveals = vec![row].try_into().expect("one row is few enough");
        let outcome = apply(&hotkey, pallet_weights::Call::reveal { netuid, reveals }.into());
        self.tally.count("Weights.reveal", outcome);
        if outcome == Some(true) {
            self.hidden.remove(place);
        } else if self.hidden.len() > 20 {
            self.hidden.remove(0);
        }
    }

    fn random_call(&mut self) {
        let pair =
            self.names.chunks(2).nth(self.generator.rng.random_range(0..NAMES.len())).expect("a pair for each name");
        let call = self.generator.call(pair.iter().map(|name| chain::account(name)).collect());
        let name = name_of(&call);
        let rng = &mut self.generator.rng;
        let by_root = rng.random_ratio(1, 10);
        let signer = if by_root { ALICE } else { &pair[rng.random_range(0..2)] };
        let call = if by_root { pallet_sudo::Call::sudo { call: Box::new(call) }.into() } else { call };
        let before = rng.random_ratio(1, COMPARED).then(raw_state);
        let outcome = apply(signer, call);
        self.tally.count(&name, outcome);
        if let (Some(before), false) = (before, outcome == Some(true)) {
            assert_only_fees_changed(&name, &before);
        }
    }

    fn check(&self) {
        chain::check_invariants();
        let held: Amount = frame_system::Account::<Runtime>::iter_values()
            .map(|account| account.data.free + account.data.reserved)
            .sum();
        assert_eq!(held, chain::issuance(), "what accounts hold is what was issued");
    }
}

fn name_of(call: &RuntimeCall) -> String {
    let metadata = call.get_call_metadata();
    format!("{}.{}", metadata.pallet_name, metadata.function_name)
}

/// Whether the call was dispatched with success; `None` when it was not even valid.
fn apply(signer: &str, call: RuntimeCall) -> Option<bool> {
    let nonce = System::account_nonce(chain::account(signer));
    match Executive::apply_extrinsic(chain::sign(signer, nonce, call)) {
        Ok(Ok(())) => Some(sudo_succeeded()),
        Ok(Err(_)) => Some(false),
        Err(_) => None,
    }
}

/// Sudo itself succeeds where the call in it fails, and says so in an event.
fn sudo_succeeded() -> bool {
    let failed = |event: &plexus_runtime::RuntimeEvent| {
        matches!(event, plexus_runtime::RuntimeEvent::Sudo(pallet_sudo::Event::Sudid { sudo_result: Err(_) }))
    };
    let index = System::extrinsic_index().unwrap_or_default() - 1;
    let ours = |record: &frame_system::EventRecord<_, _>| record.phase == frame_system::Phase::ApplyExtrinsic(index);
    !System::events().iter().filter(|record| ours(record)).any(|record| failed(&record.event))
}

/// A failed call takes a fee and a nonce from its sender, and leaves events; nothing else.
fn assert_only_fees_changed(call: &str, before: &State) {
    let after = raw_state();
    let keys = before.keys().chain(after.keys());
    for key in keys.filter(|key| before.get(*key) != after.get(*key)) {
        let prefix = key.get(..32).unwrap_or(key);
        assert!(
            is_bookkeeping(prefix) || key.starts_with(&frame_support::storage::storage_prefix(b"System", b"Account")),
            "{call} failed and still wrote 0x{}",
            sp_core::hexdisplay::HexDisplay::from(key)
        );
    }
}

/// What every extrinsic writes: its events, its place in the block, what it weighs, and the fee that was burned.
fn is_bookkeeping(prefix: &[u8]) -> bool {
    const WRITTEN: [(&[u8], &[u8]); 10] = [
        (b"System", b"InherentsApplied"),
        (b"System", b"ExecutionPhase"),
        (b"System", b"Events"),
        (b"System", b"EventCount"),
        (b"System", b"EventTopics"),
        (b"System", b"ExtrinsicData"),
        (b"System", b"BlockWeight"),
        (b"System", b"AllExtrinsicsLen"),
        (b"System", b"ExtrinsicCount"),
        (b"Balances", b"TotalIssuance"),
    ];
    prefix == b":extrinsic_index"
        || WRITTEN.iter().any(|(pallet, item)| prefix == frame_support::storage::storage_prefix(pallet, item))
}
