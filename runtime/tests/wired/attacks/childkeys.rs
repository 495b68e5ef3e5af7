//! Lending stake weight to have more of it, or to take what nominators did not agree to.

use super::*;
use chain_traits::{StakeOf, StakeWeight};
use plexus_runtime::{Childkeys, Stake};

const ALL: u64 = u64::MAX;

fn lend(coldkey: &str, loans: &[(&str, u64)]) -> Result<(), Refused> {
    let children: Vec<_> = loans.iter().map(|(child, part)| (*part, hotkey(child))).collect();
    let children: Vec<_> = children.iter().map(|(part, child)| (*part, &child[..])).collect();
    support::lend(SUBNET, coldkey, &hotkey(coldkey), &children)
}

fn weight(coldkey: &str) -> Amount {
    Childkeys::stake_weight(SUBNET, &account(&hotkey(coldkey)))
}

fn stake_on(coldkey: &str) -> Amount {
    Stake::stake(&account(&hotkey(coldkey)))
}

/// Cycles, chains and lenders of lenders.
#[test]
fn whoever_lends_to_whom_all_together_weigh_what_they_have_staked() {
    on_a_chain(|| {
        let all = ["//Bob", "//Charlie", "//Dave", "//Eve"];
        create_market(&[("//Bob", 1_000), ("//Charlie", 333), ("//Dave", 101), ("//Eve", 100)], &["//Ferdie"]);
        let sum = || all.iter().map(|name| weight(name)).sum::<Amount>() + weight("//Ferdie");
        let before = sum();
        assert_eq!(before, all.iter().map(|name| stake_on(name)).sum::<Amount>());
        lend("//Bob", &[("//Charlie", ALL)]).unwrap();
        lend("//Charlie", &[("//Bob", ALL)]).expect("a cycle of two");
        assert_eq!((sum(), weight("//Bob")), (before, stake_on("//Charlie")), "they have traded places");
        lend("//Dave", &[("//Eve", ALL / 3), ("//Bob", ALL / 7), ("//Ferdie", ALL / 11)]).unwrap();
        lend("//Eve", &[("//Dave", ALL / 2), ("//Ferdie", ALL / 2)]).unwrap();
        assert_eq!(sum(), before, "to the unit");
        assert!(weight("//Ferdie") > 0);
    });
}

#[test]
fn a_child_cannot_lend_on_what_its_parent_lends_it() {
    on_a_chain(|| {
        create_market(&[("//Bob", 1_000), ("//Charlie", 100)], &["//Dave"]);
        lend("//Bob", &[("//Charlie", ALL)]).unwrap();
        lend("//Charlie", &[("//Dave", ALL)]).unwrap();
        let weights = (weight("//Bob"), weight("//Charlie"), weight("//Dave"));
        assert_eq!(weights, (0, stake_on("//Bob"), stake_on("//Charlie")));
    });
}

/// Of what Eve's stake on Bob's hotkey earns as dividends, the part that she gets, in thousandths.
fn nominators_part(hotkey_that_earned: &str) -> i128 {
    let amount = 100 * TOKEN;
    let stakes = [staked("//Eve"), staked("//Bob")].map(i128::from);
    let earned = i128::from(amount) * stakes[0] / (stakes[0] + stakes[1]);
    let [eve] = gains(["//Eve"], || {
        support::pay_dividends(&hotkey(hotkey_that_earned), amount);
    });
    eve * 1_000 / earned
}

/// Both takes are capped at 18 %, and one is taken after the other. A delegate that promises 0 % can so take 18 % by a
/// child of its own, and one that takes 18 % can take 32.76 %.
#[test]
fn a_delegate_that_lends_to_its_own_child_takes_from_nominators_at_most_as_documented() {
    on_a_chain(|| {
        create_market(&[("//Bob", 1_000)], &["//Charlie"]);
        stake_and_wait("//Eve", "//Bob//hotkey", 1_000 * TOKEN);
        let honest = nominators_part("//Bob");
        lend("//Bob", &[("//Charlie", ALL)]).unwrap();
        let charlie = account("//Charlie//hotkey");
        submit("//Charlie", pallet_childkeys::Call::set_take { netuid: SUBNET, hotkey: charlie, take: 11_796 })
            .unwrap();
        let both = nominators_part("//Charlie");
        let hotkey = account("//Bob//hotkey");
        submit("//Bob", pallet_stake::Call::set_take { hotkey, take: 0 }).unwrap();
        let childs = nominators_part("//Charlie");
        assert_eq!((honest, both), (820, 672));
        assert_eq!(childs, 813, "the child's stake of its own has earned its part by now");
    });
}
