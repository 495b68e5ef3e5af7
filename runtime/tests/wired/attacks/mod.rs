//! Attacks, each performed on the wired runtime beside somebody honest who starts with the same, and what each earns in
//! base units. The table in `docs/chain.md` is of these tests.

mod childkeys;
mod consensus;
mod flooding;
mod hidden;
mod nominations;
mod replay;
mod seats;

use crate::{chain::*, support};
use frame_support::traits::fungible::Inspect;
use plexus_runtime::Balances;
use primitives::{AccountId, Amount, Uid, TOKEN};

/// All that a coldkey has, free, held or staked, in base units.
fn wealth(coldkey: &str) -> Amount {
    <Balances as Inspect<AccountId>>::total_balance(&account(coldkey)) + staked(coldkey)
}

/// What each coldkey gains while `deed` is done; a loss is negative.
fn gains<const N: usize>(coldkeys: [&str; N], deed: impl FnOnce()) -> [i128; N] {
    let before = coldkeys.map(|coldkey| i128::from(wealth(coldkey)));
    deed();
    std::array::from_fn(|place| i128::from(wealth(coldkeys[place])) - before[place])
}

/// That what was earned, in base units, is the figure of `docs/chain.md`, in hundredths of a token and rounded there.
#[track_caller]
fn assert_earned<const N: usize>(earned: [i128; N], hundredths: [i128; N]) {
    let hundredth = i128::from(TOKEN) / 100;
    let off = |(earned, stated): (&i128, &i128)| (earned - stated * hundredth).abs() > hundredth / 2;
    let wrong = earned.iter().zip(&hundredths).any(off);
    assert!(!wrong, "{earned:?} base units, and {hundredths:?} hundredths of a token are documented");
}

fn hotkey(coldkey: &str) -> String {
    format!("{coldkey}//hotkey")
}

/// Alice's subnet with these validators, uids 0, 1, ..., which have so many tokens of stake and a permit, and after them
/// a miner of each of these coldkeys.
fn create_market(validators: &[(&str, u64)], miners: &[&str]) {
    create_subnet();
    for coldkey in validators.iter().map(|(coldkey, _)| coldkey).chain(miners) {
        register(coldkey, &hotkey(coldkey)).expect("registered");
    }
    for (coldkey, tokens) in validators {
        stake(coldkey, &hotkey(coldkey), tokens * TOKEN).expect("staked");
    }
    run_epoch();
    assert!(metagraph().neurons.iter().take(validators.len()).all(|neuron| neuron.validator_permit));
}

/// Each validator says this of the neurons, again before each of `epochs` epochs.
fn judge(rows: &[(&str, &[(Uid, u16)])], epochs: u32) {
    for _ in 0..epochs {
        for (coldkey, row) in rows {
            set_weights(&hotkey(coldkey), row).expect("set");
        }
        run_epoch();
    }
}
