use crate::{chain::*, reads::listen};
use chain_traits::RootMembers;
use frame_support::traits::Hooks;
use pallet_root::Error;
use plexus_runtime::{root_info, Root, Runtime, RuntimeEvent, System};
use primitives::{Hyperparams, NetUid, RootRules, TOKEN, WHOLE_SHARE};
use std::collections::BTreeSet;

type RootError = Error<Runtime>;

const OTHER: NetUid = NetUid(2);

fn hotkey(coldkey: &str) -> String {
    format!("{coldkey}//hotkey")
}

/// The subnets of Alice and Bob, and a hotkey for each of four; nobody sits on root, whose epoch is every ten blocks.
fn two_subnets() {
    for owner in ["//Alice", "//Bob"] {
        submit(owner, pallet_subnets::Call::create { owner_hotkey: account(&hotkey(owner)) }).expect("created");
    }
    set_params(Hyperparams { max_registrations_per_block: 8, target_registrations_per_interval: 16, ..params() });
    for coldkey in ["//Charlie", "//Dave"] {
        register(coldkey, &hotkey(coldkey)).expect("registered");
    }
}

fn take_seat(coldkey: &str) -> Result<(), Refused> {
    submit(coldkey, pallet_root::Call::register { hotkey: account(&hotkey(coldkey)) })
}

/// A seat with so many tokens of stake that gives all to one subnet.
fn back(coldkey: &str, tokens: u64, netuid: NetUid) {
    stake_and_wait(coldkey, &hotkey(coldkey), tokens * TOKEN);
    take_seat(coldkey).expect("seated");
    set_root_weights(&hotkey(coldkey), &[(netuid, 1)]).expect("set");
}

fn run_to_root_epoch() {
    run_to_block(root_info().next_epoch);
}

fn shares() -> Vec<(u16, u64)> {
    root_info().shares.iter().map(|share| (share.netuid.0, share.share)).collect()
}

fn pending(netuid: NetUid) -> u64 {
    pallet_emission::Pending::<Runtime>::get(netuid)
}

fn members() -> Vec<primitives::AccountId> {
    Root::members_by_stake()
}

#[test]
fn a_full_root_gives_its_lowest_seat_to_whoever_has_more_stake() {
    on_a_chain(|| {
        two_subnets();
        set_root_rules(RootRules { seats: 2, ..root_info().rules });
        back("//Alice", 100, SUBNET);
        back("//Bob", 50, SUBNET);
        stake_and_wait("//Charlie", "//Charlie//hotkey", 60 * TOKEN);
        take_seat("//Charlie").unwrap();
        let (replaced, newcomer) = (Some(account("//Bob//hotkey")), account("//Charlie//hotkey"));
        let taken = pallet_root::Event::SeatTaken { hotkey: newcomer.clone(), replaced };
        assert!(events().contains(&RuntimeEvent::Root(taken)));
        assert_eq!(members(), [account("//Alice//hotkey"), newcomer]);
        assert!(pallet_root::Rows::<Runtime>::get(account("//Bob//hotkey")).is_none(), "the weights go with the seat");
        assert!(matches!(set_root_weights("//Bob//hotkey", &[(SUBNET, 1)]), Err(Refused::ByThePool(_))));
    });
}

#[test]
fn at_equal_stake_whoever_sits_stays_and_the_youngest_seat_goes_first() {
    on_a_chain(|| {
        two_subnets();
        set_root_rules(RootRules { seats: 2, ..root_info().rules });
        back("//Alice", 50, SUBNET);
        back("//Bob", 50, SUBNET);
        stake_and_wait("//Charlie", "//Charlie//hotkey", 50 * TOKEN);
        assert_eq!(take_seat("//Charlie"), refusal(RootError::NotEnoughStake));
        stake_and_wait("//Charlie", "//Charlie//hotkey", TOKEN);
        take_seat("//Charlie").unwrap();
        assert_eq!(members(), [account("//Charlie//hotkey"), account("//Alice//hotkey")]);
    });
}

#[test]
fn a_seat_is_for_a_known_hotkey_of_ones_own_and_only_once() {
    on_a_chain(|| {
        two_subnets();
        let take = |coldkey, hotkey| submit(coldkey, pallet_root::Call::register { hotkey: account(hotkey) });
        assert_eq!(take("//Eve", "//Eve//hotkey"), refusal(RootError::UnknownHotkey));
        assert_eq!(take("//Eve", "//Bob//hotkey"), refusal(RootError::HotkeyOfAnother));
        take("//Bob", "//Bob//hotkey").unwrap();
        assert_eq!(take("//Bob", "//Bob//hotkey"), refusal(RootError::AlreadySeated));
    });
}

#[test]
fn malformed_root_weights_are_rejected_by_name() {
    on_a_chain(|| {
        two_subnets();
        take_seat("//Bob").unwrap();
        let set = |netuids: &[u16], values: &[u16]| {
            let netuids = netuids.iter().copied().map(NetUid).collect();
            submit("//Bob//hotkey", pallet_root::Call::set_weights { netuids, values: values.to_vec() })
        };
        give("//Bob//hotkey", TOKEN);
        give("//Dave//hotkey", TOKEN);
        assert_eq!(set_root_weights("//Dave//hotkey", &[(SUBNET, 1)]), refusal(RootError::NotSeated));
        assert_eq!(set(&[1, 2], &[1]), refusal(RootError::LengthMismatch));
        assert_eq!(set(&[1, 9], &[1, 1]), refusal(RootError::NoSuchSubnet));
        assert_eq!(set(&[0], &[1]), refusal(RootError::NoSuchSubnet));
        assert_eq!(set(&[2, 2], &[1, 1]), refusal(RootError::DuplicateSubnet));
        assert_eq!(set(&[1, 2], &[0, 0]), refusal(RootError::AllZero));
        assert_eq!(set(&[], &[]), refusal(RootError::AllZero));
        set(&[2, 1], &[10, 5]).unwrap();
        assert_eq!(set(&[1], &[1]), refusal(RootError::SetTooSoon));
        assert_eq!(root_info().seats[0].weights, [(OTHER, 65_535), (SUBNET, 32_768)]);
        run_to_block(11);
        set(&[1], &[1]).unwrap();
    });
}

#[test]
fn a_seat_sets_weights_for_free_but_not_too_often_and_nobody_else_does() {
    on_a_chain(|| {
        two_subnets();
        back("//Bob", 10, SUBNET);
        assert_eq!(balance("//Bob//hotkey"), 0);
        assert_eq!(set_root_weights("//Bob//hotkey", &[(OTHER, 1)]), unpaid());
        assert_eq!(set_root_weights("//Dave//hotkey", &[(SUBNET, 1)]), unpaid(), "Dave sits in a subnet, not on root");
        run_to_block(System::block_number() + 10);
        set_root_weights("//Bob//hotkey", &[(OTHER, 1)]).unwrap();
    });
}

#[test]
fn nothing_is_minted_until_root_has_stake_and_weights() {
    on_a_chain(|| {
        two_subnets();
        take_seat("//Bob").unwrap();
        let issued_in = |blocks: u32| {
            let issued = issuance();
            run_to_block(System::block_number() + blocks);
            issuance() - issued
        };
        next_block();
        assert_eq!(issued_in(12), 0, "no weights");
        set_root_weights("//Bob//hotkey", &[(SUBNET, 1)]).unwrap();
        assert_eq!(issued_in(12), 0, "no stake");
        stake("//Bob", "//Bob//hotkey", TOKEN).unwrap();
        run_to_root_epoch();
        assert_eq!(issued_in(12), 12 * TOKEN);
        assert_eq!((metagraph().subnet.share, metagraph().subnet.emission), (WHOLE_SHARE, TOKEN));
    });
}

#[test]
fn subnets_earn_in_the_ratio_of_their_shares_and_every_unit_of_every_block_is_handed_out_or_carried() {
    on_a_chain(|| {
        two_subnets();
        back("//Alice", 60, SUBNET);
        stake("//Bob", "//Bob//hotkey", 40 * TOKEN).unwrap();
        take_seat("//Bob").unwrap();
        set_root_weights("//Bob//hotkey", &[(SUBNET, 1), (OTHER, 1)]).unwrap();
        run_to_root_epoch();
        // Rank 0.8 and 0.2, trust 1 and 0.4, whose consensus is 0.9933 and 0.2689: 93.66 and 6.34 %.
        let (first, second) = (shares()[0].1, shares()[1].1);
        assert_eq!((first, second), (4_022_678_678, 272_288_618));
        let before = (pending(SUBNET), pending(OTHER), pallet_emission::Carry::<Runtime>::get());
        for block in 1..=50u64 {
            next_block();
            check_invariants();
            let carry = pallet_emission::Carry::<Runtime>::get();
            let handed_out = pending(SUBNET) - before.0 + pending(OTHER) - before.1;
            assert_eq!(handed_out + carry, block * TOKEN + before.2);
            assert!(carry < 2, "what does not divide is less than one unit a subnet");
        }
        let due = |share: u64| u128::from(share) * 50 * u128::from(TOKEN) / u128::from(WHOLE_SHARE);
        assert!(due(first).abs_diff((pending(SUBNET) - before.0).into()) <= 50);
        assert!(due(second).abs_diff((pending(OTHER) - before.1).into()) <= 50);
    });
}

/// An owner sits on root and backs nothing but its own subnet.
#[test]
fn a_self_interested_seat_with_two_fifths_of_the_stake_gets_one_fifth_of_the_emission() {
    on_a_chain(|| {
        two_subnets();
        back("//Alice", 60, SUBNET);
        back("//Bob", 40, OTHER);
        run_to_root_epoch();
        assert_eq!(shares(), [(1, 3_449_072_142), (2, 845_895_154)], "0.4 x 0.2689 against 0.6 x 0.7311: 19.7 %");
        let emission: Vec<_> = root_info().shares.iter().map(|share| share.emission).collect();
        assert_eq!(emission, [803_049_686, 196_950_313]);
    });
}

#[test]
fn a_minority_gains_nothing_by_splitting_its_stake_over_many_seats() {
    on_a_chain(|| {
        two_subnets();
        back("//Alice", 60, SUBNET);
        for seat in 0..8 {
            let hotkey = format!("//Bob//{seat}");
            register("//Bob", &hotkey).unwrap();
            stake("//Bob", &hotkey, 5 * TOKEN).unwrap();
            submit("//Bob", pallet_root::Call::register { hotkey: account(&hotkey) }).unwrap();
            set_root_weights(&hotkey, &[(OTHER, 1)]).unwrap();
            if seat == 4 {
                next_block();
            }
        }
        run_to_root_epoch();
        assert_eq!(shares(), [(1, 3_449_072_142), (2, 845_895_154)]);
    });
}

#[test]
fn a_seat_that_was_outstaked_has_no_say_at_the_next_epoch() {
    on_a_chain(|| {
        two_subnets();
        set_root_rules(RootRules { seats: 1, ..root_info().rules });
        back("//Bob", 50, OTHER);
        run_to_root_epoch();
        assert_eq!(shares(), [(2, WHOLE_SHARE)]);
        back("//Charlie", 51, SUBNET);
        assert_eq!(shares(), [(2, WHOLE_SHARE)], "shares hold until the next root epoch");
        run_to_root_epoch();
        assert_eq!(shares(), [(1, WHOLE_SHARE)]);
    });
}

#[test]
fn a_dissolved_subnets_share_goes_to_the_others_and_its_successor_inherits_no_weight() {
    on_a_chain(|| {
        two_subnets();
        back("//Alice", 60, SUBNET);
        back("//Bob", 40, OTHER);
        run_to_root_epoch();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert_eq!(shares(), [(2, WHOLE_SHARE)]);
        check_invariants();
        next_block();
        let alice = root_info().seats.remove(0);
        assert_eq!((alice.weights, alice.set_at), (vec![], None), "and its rate limit is over");

        submit("//Eve", pallet_subnets::Call::create { owner_hotkey: account("//Eve//hotkey") }).unwrap();
        assert_eq!(metagraph().subnet.owner, account("//Eve"), "Eve's subnet has the free netuid");
        run_to_root_epoch();
        assert_eq!(shares(), [(2, WHOLE_SHARE)]);
        next_block();
        submit("//Bob", pallet_subnets::Call::dissolve { netuid: OTHER }).unwrap();
        assert_eq!(shares(), []);
        let issued = issuance();
        next_block();
        assert!(issuance() <= issued, "nobody is there to earn");
    });
}

#[test]
fn a_root_seat_keeps_a_hotkey_alive_that_lost_its_seat_in_a_subnet() {
    on_a_chain(|| {
        two_subnets();
        take_seat("//Charlie").unwrap();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        set_root_weights("//Charlie//hotkey", &[(OTHER, 1)]).unwrap();
    });
}

#[test]
fn only_root_changes_the_rules_and_fewer_seats_cost_the_lowest_theirs() {
    on_a_chain(|| {
        two_subnets();
        for (coldkey, tokens) in [("//Alice", 30), ("//Bob", 10), ("//Charlie", 20)] {
            back(coldkey, tokens, SUBNET);
        }
        let rules = RootRules { seats: 2, ..root_info().rules };
        let by_bob = submit("//Bob", pallet_root::Call::set_rules { rules: rules.clone() });
        assert_eq!(by_bob, refusal(sp_runtime::DispatchError::BadOrigin));
        set_root_rules(rules);
        assert_eq!(members(), [account("//Alice//hotkey"), account("//Charlie//hotkey")]);
        check_invariants();
        let refused =
            Root::set_rules(frame_system::RawOrigin::Root.into(), RootRules { seats: 65, ..root_info().rules });
        assert_eq!(refused, Err(RootError::InvalidRules.into()));
    });
}

#[test]
fn seats_without_stake_keep_nobody_out() {
    on_a_chain(|| {
        two_subnets();
        set_root_rules(RootRules { seats: 2, ..root_info().rules });
        take_seat("//Alice").unwrap();
        take_seat("//Bob").unwrap();
        assert_eq!(take_seat("//Charlie"), refusal(RootError::NotEnoughStake));
        back("//Charlie", 1, SUBNET);
        let seated: Vec<_> = root_info().seats.into_iter().map(|seat| seat.hotkey).collect();
        assert_eq!(seated, [account("//Charlie//hotkey"), account("//Alice//hotkey")]);
        assert_eq!(members(), [account("//Charlie//hotkey")], "and have no say");
    });
}

#[test]
fn dust_sits_on_root_and_has_no_say_in_the_senate() {
    on_a_chain(|| {
        two_subnets();
        back("//Alice", 100, SUBNET);
        back("//Bob", 2, OTHER);
        back("//Charlie", 1, OTHER);
        assert_eq!(members(), [account("//Alice//hotkey"), account("//Bob//hotkey")], "1 of 103 is less than 1 %");
    });
}

/// Seats, weights, stakes and subnets that come and go: the invariants hold after every block.
#[test]
fn a_busy_root_keeps_every_invariant() {
    on_a_chain(|| {
        two_subnets();
        set_root_rules(RootRules { seats: 2, tempo: 3, weights_rate_limit: 2 });
        for round in 0..68u16 {
            let names = ["//Alice", "//Bob", "//Charlie", "//Dave"];
            let name = names[usize::from(round) % 4];
            // Most of this is refused at some time; what matters here is that nothing breaks.
            let _ = stake(name, &hotkey(name), u64::from(round % 7 + 1) * 12_345_678);
            let _ = take_seat(name);
            let _ = set_root_weights(&hotkey(name), &[(OTHER, round % 3), (SUBNET, 1 + round % 5)]);
            if round % 20 == 13 {
                submit("//Bob", pallet_subnets::Call::dissolve { netuid: OTHER }).unwrap();
            }
            if round % 20 == 17 {
                let owner_hotkey = account("//Bob//hotkey");
                submit("//Bob", pallet_subnets::Call::create { owner_hotkey }).unwrap();
            }
            next_block();
            check_invariants();
        }
        assert!(shares().len() == 2 && pending(OTHER) > 0 && pending(SUBNET) > 30 * TOKEN);
    });
}

#[test]
fn the_declared_weight_of_a_root_epoch_covers_its_reads_and_writes() {
    on_a_chain(|| {
        two_subnets();
        back("//Alice", 60, SUBNET);
        back("//Bob", 40, OTHER);
        let due = root_info().next_epoch;
        run_to_block(due - 1);
        let (declared, accesses) = listen(|| {
            System::set_block_number(due);
            Root::on_initialize(due)
        });
        System::set_block_number(due - 1);
        assert_eq!(shares().len(), 2, "the epoch has run");
        // What every block touches anyway: its number, its events and their count.
        let own = |keys: &[String]| keys.iter().filter(|key| !key.contains("26aa394eea5630e07c48ae0c9558cef7")).count();
        let distinct =
            |keys: Vec<String>| own(&keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
        let (reads, writes) = (distinct(accesses.reads), distinct(accesses.writes));
        assert!(reads >= 6 && writes >= 1, "{reads} keys read, {writes} written");
        let weight = <Runtime as frame_system::Config>::DbWeight::get().reads_writes(reads as u64, writes as u64);
        assert!(declared.all_gte(weight));
    });
}
