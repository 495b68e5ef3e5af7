//! Stake that comes and goes to harvest payouts.

use super::*;
use pallet_stake::Error;
use plexus_runtime::{Runtime, System};
use serde_json::json;

type StakeError = Error<Runtime>;

fn unstake(coldkey: &str, amount: Amount) -> Result<(), Refused> {
    submit(coldkey, pallet_stake::Call::remove { hotkey: account("//Bob//hotkey"), amount })
}

/// On a public chain's rounds, in a subnet of the longest tempo there is: whoever stakes right after a payout has staked
/// since the last one, and earns nothing in the next.
#[test]
fn stake_added_since_the_last_payout_earns_nothing_in_this_one_at_the_longest_tempo() {
    on_a_chain_with(json!({ "stake": { "roundLength": 361 } }), || {
        create_market_of_the_longest_tempo();
        let epoch = metagraph().next_epoch;
        run_to_block(epoch);
        stake("//Eve", "//Bob//hotkey", 1_000 * TOKEN).unwrap();
        set_weights("//Bob//hotkey", &[(1, 1)]).unwrap();
        run_to_block(epoch + 360);
        stake("//Charlie", "//Bob//hotkey", 100_000 * TOKEN).unwrap();
        let [long, short, twin] = gains(["//Eve", "//Charlie", "//Ferdie"], next_block);
        assert_eq!(metagraph().last_epoch, Some(System::block_number()));
        println!("staked a tempo before {long}, a block before {short}; honest twin {twin}");
        assert_eq!((long, short), (0, 0));
        assert_earned([twin], [5_808]);
        unstake("//Charlie", 100_000 * TOKEN).expect("what waits can be taken back at once");
    });
}

/// Bob's validator with Ferdie as its nominator, and Dave's miner, a tempo of 360, and an epoch behind them.
fn create_market_of_the_longest_tempo() {
    submit("//Alice", pallet_subnets::Call::create { owner_hotkey: account("//Alice//hotkey") }).unwrap();
    set_params(primitives::Hyperparams {
        tempo: primitives::MAX_TEMPO,
        commit_reveal: false,
        max_registrations_per_block: 8,
        ..params()
    });
    register("//Bob", "//Bob//hotkey").unwrap();
    register("//Dave", "//Dave//hotkey").unwrap();
    stake("//Alice", ROOT, TOKEN).unwrap();
    stake("//Bob", "//Bob//hotkey", 1_000 * TOKEN).unwrap();
    stake("//Ferdie", "//Bob//hotkey", 1_000 * TOKEN).unwrap();
    run_to_block(3 * 361);
    submit("//Alice", pallet_root::Call::register { hotkey: account(ROOT) }).unwrap();
    set_root_weights(ROOT, &[(SUBNET, 1)]).unwrap();
    run_epoch();
}

#[test]
fn two_hundred_nominations_of_dust_earn_what_one_of_their_sum_earns_and_cost_their_fees() {
    on_a_chain(|| {
        create_network();
        let dust: Vec<String> = (0..200).map(|n| format!("//Dust//{n}")).collect();
        let least = TOKEN / 1_000;
        for coldkey in &dust {
            give(coldkey, 10 * least);
            assert_eq!(stake(coldkey, "//Bob//hotkey", least - 1), refusal(StakeError::BelowMinimum));
            stake(coldkey, "//Bob//hotkey", least).unwrap();
        }
        stake("//Eve", "//Bob//hotkey", 200 * least).unwrap();
        wait_for_the_round();
        let staked_by_all = || dust.iter().map(|coldkey| staked(coldkey)).sum::<Amount>();
        let (spread, whole) = (staked_by_all(), staked("//Eve"));
        support::pay_dividends("//Bob//hotkey", 1_000 * TOKEN);
        let (spread, whole) = (staked_by_all() - spread, staked("//Eve") - whole);
        let fees: Amount = dust.iter().map(|coldkey| 9 * least - balance(coldkey)).sum();
        println!("dust {spread}, honest twin {whole}, fees of dust {fees}");
        assert!(spread <= whole && whole - spread <= 200, "each position may lose a unit to rounding");
        assert!(fees > 100_000 * 200);
    });
}

#[test]
fn staking_and_unstaking_odd_amounts_over_and_over_gains_not_a_unit() {
    on_a_chain(|| {
        create_network();
        stake("//Eve", "//Bob//hotkey", 7_777_777).unwrap();
        wait_for_the_round();
        support::pay_dividends("//Bob//hotkey", 3 * TOKEN);
        let (before, issued) = (wealth("//Eve"), issuance());
        for odd in 0..100 {
            unstake("//Eve", 1_000_003 + 7 * odd).unwrap();
            stake("//Eve", "//Bob//hotkey", 1_000_003 + 7 * odd).unwrap();
        }
        let fees = issued - issuance();
        assert!(wealth("//Eve") + fees <= before);
        let lost = before - wealth("//Eve") - fees;
        println!("lost {lost} base units");
        assert!(lost <= 200, "a base unit to rounding with each of 200 calls at most");
    });
}
