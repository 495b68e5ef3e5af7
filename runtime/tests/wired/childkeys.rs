use crate::{
    chain::*,
    support::{lend, pay_dividends},
};
use chain_traits::StakeWeight;
use pallet_childkeys::Error;
use plexus_runtime::{Childkeys, Runtime, System};
use primitives::{Amount, NetUid, TOKEN};

type ChildError = Error<Runtime>;

const PARENT: &str = "//Bob//hotkey";
const CHILD: &str = "//Dave//hotkey";
const HALF: u64 = u64::MAX / 2;

fn set_children(coldkey: &str, hotkey: &str, children: &[(u64, &str)]) -> Result<(), Refused> {
    lend(SUBNET, coldkey, hotkey, children)
}

fn set_take(coldkey: &str, hotkey: &str, take: u16) -> Result<(), Refused> {
    submit(coldkey, pallet_childkeys::Call::set_take { netuid: SUBNET, hotkey: account(hotkey), take })
}

fn weight(hotkey: &str) -> Amount {
    Childkeys::stake_weight(SUBNET, &account(hotkey))
}

/// Lets `change` happen `blocks` later, without the blocks in between.
fn later(blocks: u32, change: impl FnOnce()) {
    let now = System::block_number();
    System::set_block_number(now + blocks);
    change();
    System::set_block_number(now);
}

#[test]
fn a_child_weighs_what_its_parent_lends_and_the_parent_that_much_less() {
    on_a_chain(|| {
        create_network();
        stake("//Dave", CHILD, 100 * TOKEN).unwrap();
        run_epoch();
        let (parent, child) = (weight(PARENT), weight(CHILD));
        set_children("//Bob", PARENT, &[(HALF, CHILD)]).unwrap();
        assert_eq!(weight(PARENT) + weight(CHILD), parent + child);
        assert!(weight(PARENT).abs_diff(parent / 2) <= 1, "half of it is lent");
        assert_eq!(Childkeys::stake_weight(NetUid(7), &account(PARENT)), parent, "in no other subnet");
        let neurons = metagraph().neurons;
        assert_eq!(neurons[2].stake, weight(CHILD), "the metagraph shows what a hotkey weighs");
    });
}

#[test]
fn each_rule_about_children_has_its_error() {
    on_a_chain(|| {
        create_network();
        let refused = |children: &[(u64, &str)], error: ChildError| {
            assert_eq!(set_children("//Bob", PARENT, children), refusal(error));
        };
        refused(&[(1, PARENT)], ChildError::OwnChild);
        refused(&[(1, CHILD), (1, CHILD)], ChildError::DuplicateChild);
        refused(&[(0, CHILD)], ChildError::ZeroProportion);
        refused(&[], ChildError::NothingLent);
        refused(&[(u64::MAX, CHILD), (1, "//Eve//hotkey")], ChildError::MoreThanAll);
        refused(&[(1, "//Nobody")], ChildError::UnknownHotkey);
        refused(&["//0", "//1", "//2", "//3", "//4", "//5"].map(|child| (1, child)), ChildError::TooManyChildren);
        assert_eq!(set_children("//Eve", PARENT, &[(1, CHILD)]), refusal(ChildError::HotkeyOfAnother));
        assert_eq!(set_children("//Eve", "//Eve//hotkey", &[(1, CHILD)]), refusal(ChildError::TooLittleStake));
        let elsewhere =
            pallet_childkeys::Call::set_children { netuid: NetUid(7), hotkey: account(PARENT), children: Vec::new() };
        assert_eq!(submit("//Bob", elsewhere), refusal(ChildError::NoSuchSubnet));
    });
}

#[test]
fn children_change_once_a_day_but_are_taken_back_at_any_time() {
    on_a_chain(|| {
        create_network();
        let before = weight(PARENT);
        set_children("//Bob", PARENT, &[(HALF, CHILD)]).unwrap();
        assert_eq!(set_children("//Bob", PARENT, &[(1, CHILD)]), refusal(ChildError::ChangedTooSoon));
        set_children("//Bob", PARENT, &[]).unwrap();
        assert_eq!((weight(PARENT), weight(CHILD)), (before, 0));
        later(7_199, || assert_eq!(set_children("//Bob", PARENT, &[(1, CHILD)]), refusal(ChildError::ChangedTooSoon)));
        later(7_200, || set_children("//Bob", PARENT, &[(1, CHILD)]).unwrap());
    });
}

#[test]
fn dividends_go_to_parents_by_contribution_less_the_childs_take() {
    on_a_chain(|| {
        create_network();
        set_children("//Bob", PARENT, &[(u64::MAX, CHILD)]).unwrap();
        set_take("//Dave", CHILD, 6_553).unwrap();
        assert_eq!(set_take("//Dave", CHILD, 0), refusal(ChildError::ChangedTooSoon));
        assert_eq!(set_take("//Charlie", "//Charlie//hotkey", 11_797), refusal(ChildError::TakeTooHigh));

        let (bob, dave) = (staked("//Bob"), staked("//Dave"));
        let amount = 100 * TOKEN;
        pay_dividends(CHILD, amount);
        let take = 9_999_237_048;
        assert_eq!(staked("//Dave") - dave, take, "the child staked nothing itself, and keeps its 10 %");
        assert!((staked("//Bob") - bob).abs_diff(amount - take) <= 1);
    });
}

/// Lending lets a hotkey act for others; it is no way to earn without stake.
#[test]
fn stake_lent_twice_over_weighs_once() {
    on_a_chain(|| {
        create_network();
        set_children("//Bob", PARENT, &[(u64::MAX, CHILD)]).unwrap();
        let all = || {
            ["//Bob", "//Charlie", "//Dave", "//Eve"].iter().map(|name| weight(&format!("{name}//hotkey"))).sum::<u64>()
        };
        let before = all();
        // The child passes on only what is its own, which is less than a parent needs.
        assert_eq!(set_children("//Dave", CHILD, &[(u64::MAX, "//Eve//hotkey")]), refusal(ChildError::TooLittleStake));
        assert_eq!(all(), before);
    });
}

#[test]
fn a_hotkey_has_sixteen_parents_at_most_and_a_dissolution_clears_them() {
    on_a_chain(|| {
        create_network();
        for parent in 0..17 {
            let hotkey = format!("//Ferdie//{parent}");
            register("//Ferdie", &hotkey).unwrap();
            stake("//Ferdie", &hotkey, 200 * TOKEN).unwrap();
            next_block();
        }
        run_epoch();
        for parent in 0..16 {
            set_children("//Ferdie", &format!("//Ferdie//{parent}"), &[(HALF, CHILD)]).unwrap();
        }
        let one_more = set_children("//Ferdie", "//Ferdie//16", &[(HALF, CHILD)]);
        assert_eq!(one_more, refusal(ChildError::TooManyParents));
        assert_eq!(Childkeys::payees(SUBNET, &account(CHILD)), 17);
        submit("//Ferdie", pallet_stake::Call::remove_all { hotkey: account("//Ferdie//7") }).unwrap();
        set_children("//Ferdie", "//Ferdie//16", &[(HALF, CHILD)]).expect("who took its stake away makes room");
        assert!(Childkeys::keys_of(SUBNET, &account("//Ferdie//7")).children.is_empty());
        assert_eq!(Childkeys::payees(SUBNET, &account(CHILD)), 17);
        check_invariants();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert_eq!(pallet_childkeys::Ties::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_childkeys::Count::<Runtime>::iter().count(), 0);
    });
}

#[test]
fn a_sweep_of_ones_own_children_is_no_way_around_the_pace() {
    on_a_chain(|| {
        create_network();
        let sweep = || submit("//Bob", pallet_childkeys::Call::sweep { netuid: SUBNET });
        set_take("//Bob", PARENT, 1).unwrap();
        set_children("//Bob", PARENT, &[(HALF, CHILD)]).unwrap();
        submit("//Bob", pallet_stake::Call::remove_all { hotkey: account(PARENT) }).unwrap();
        assert_eq!(sweep(), refusal(ChildError::NothingToSweep), "its seat earns for whoever lends to it");
        later(7_200, || set_take("//Bob", PARENT, 0).unwrap());
        sweep().unwrap();
        assert_eq!(Childkeys::keys_of(SUBNET, &account(PARENT)).children, []);
        assert_eq!(sweep(), refusal(ChildError::NothingToSweep), "what is left stays until its time has passed");

        stake_and_wait("//Bob", PARENT, 1_000 * TOKEN);
        assert_eq!(set_children("//Bob", PARENT, &[(1, CHILD)]), refusal(ChildError::ChangedTooSoon));
        later(2 * 7_200, || sweep().unwrap());
        assert_eq!(pallet_childkeys::Ties::<Runtime>::iter().count(), 0);
    });
}
