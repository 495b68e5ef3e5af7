//! Validators that lie for their own miners, or against those of others.

use super::*;

/// Less than half of the stake vouches for a miner that does nothing, the rest for one that works.
#[test]
fn a_cabal_under_half_of_the_stake_earns_nothing_for_its_miner_or_for_itself() {
    on_a_chain(|| {
        create_market(&[("//Bob", 150), ("//Ferdie", 450), ("//Charlie", 450)], &["//Dave", "//Eve"]);
        let (works, idles): (&[_], &[_]) = (&[(3, 1)], &[(4, 1)]);
        let [cabal, idler, twin, worker] = gains(["//Charlie", "//Eve", "//Ferdie", "//Dave"], || {
            judge(&[("//Bob", works), ("//Ferdie", works), ("//Charlie", idles)], 10);
        });
        println!("cabal {cabal}, its miner {idler}; honest twin {twin}, honest miner {worker}");
        assert_eq!((cabal, idler), (0, 0));
        assert_earned([twin, worker], [3_075, 4_100]);
    });
}

#[test]
fn what_a_validator_says_of_itself_earns_it_nothing_beside_its_honest_twin() {
    on_a_chain(|| {
        create_market(&[("//Bob", 200), ("//Ferdie", 100), ("//Charlie", 100)], &["//Dave", "//Eve"]);
        let (honest, vain): (&[_], &[_]) = (&[(3, 1), (4, 1)], &[(3, 1), (4, 1), (2, 60_000)]);
        let [selfish, twin] = gains(["//Charlie", "//Ferdie"], || {
            judge(&[("//Bob", honest), ("//Ferdie", honest), ("//Charlie", vain)], 10);
        });
        println!("weights for itself {selfish}; honest twin {twin}");
        assert_eq!(metagraph().neurons[2].incentive, 0);
        assert_eq!(selfish, twin);
        assert_earned([selfish], [1_025]);
    });
}

/// The owner's validator, with two fifths of the stake, backs its own miner, which does nothing; the owner's cut is its
/// own either way.
#[test]
fn an_owner_that_mines_its_own_subnet_without_working_earns_less_than_one_that_does_not() {
    let earned = |stakes: [u64; 2], row: &'static [(Uid, u16)]| {
        let mut owner = 0;
        on_a_chain(|| {
            give("//Alice//2", TOKEN);
            create_market(&[("//Bob", stakes[0]), ("//Alice", stakes[1])], &["//Dave", "//Alice//2"]);
            let both = gains(["//Alice", "//Alice//2"], || judge(&[("//Bob", &[(2, 1)]), ("//Alice", row)], 10));
            owner = both.iter().sum();
        });
        owner
    };
    let (honest, mining) = (earned([600, 400], &[(2, 1)]), earned([600, 400], &[(3, 1)]));
    let majority = earned([400, 600], &[(3, 1)]);
    println!("honest owner {honest}, mining owner {mining}, mining owner with most of the stake {majority}");
    assert!(mining < honest);
    assert_earned([honest, mining, majority], [3_450, 1_800, 10_000]);
}

/// Unsolved: only what is said above the consensus is clipped, so that leaving a good miner out counts. One of four
/// miners is left out by a twentieth of the stake.
#[test]
fn a_tiny_validator_that_leaves_a_good_miner_out_loses_more_than_it_gains() {
    let earned = |row: &'static [(Uid, u16)]| {
        let mut all = [0; 3];
        on_a_chain(|| {
            let miners = ["//Dave", "//Eve", "//Charlie//1", "//Charlie//2"];
            give("//Charlie//1", 10 * TOKEN);
            give("//Charlie//2", 10 * TOKEN);
            create_market(&[("//Bob", 900), ("//Ferdie", 50), ("//Charlie", 50)], &miners);
            let fair: &[_] = &[(3, 1), (4, 1), (5, 1), (6, 1)];
            all = gains(["//Charlie", "//Eve", "//Dave"], || {
                judge(&[("//Bob", fair), ("//Ferdie", fair), ("//Charlie", row)], 10);
            });
        });
        all
    };
    let ([honest, rival, victim], [liar, favoured, harmed]) =
        (earned(&[(3, 1), (4, 1), (5, 1), (6, 1)]), earned(&[(4, 1), (5, 1), (6, 1)]));
    println!("validator {honest} -> {liar}, rival {rival} -> {favoured}, victim {victim} -> {harmed}");
    assert!(harmed < victim && favoured > rival, "this is what it does");
    assert!(liar - honest + 3 * (favoured - rival) < 0, "even if all three others are its own");
    assert_earned([honest, victim], [205, 1_025]);
    assert_earned([liar - honest, harmed - victim, favoured - rival], [-50, -39, 13]);
}
