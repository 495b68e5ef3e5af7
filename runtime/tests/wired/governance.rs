use crate::chain::*;
use codec::Encode;
use pallet_governance::{Call, Error, Event, OPEN_MOTIONS, SENATORS};
use plexus_runtime::{Governance, Runtime, RuntimeCall, RuntimeEvent, SafeMode, System};
use primitives::{Hyperparams, NetUid, Standing, TOKEN};
use sp_core::H256;
use sp_runtime::DispatchResult;

type E = Error<Runtime>;

/// Blocks for which a motion is open here.
const DURATION: u32 = 20;

/// A chain whose Triumvirate is Alice, Bob and Charlie, with `senators` in the Senate.
fn on_a_governed_chain(senators: u32, test: impl FnOnce()) {
    on_a_chain_with(serde_json::json!({ "governance": { "motionDuration": DURATION } }), || {
        seat_senators(senators);
        test();
    });
}

/// The hotkey of the senator with this number. All belong to Dave; the first has the most stake.
fn senator(number: u32) -> String {
    format!("//Dave//{number}")
}

fn seat_senators(count: u32) {
    submit("//Alice", pallet_subnets::Call::create { owner_hotkey: account("//Alice//hotkey") }).expect("created");
    set_params(Hyperparams { max_registrations_per_block: 256, target_registrations_per_interval: 256, ..params() });
    for number in 0..count {
        register("//Dave", &senator(number)).expect("registered");
        stake("//Dave", &senator(number), u64::from(100 - number) * TOKEN).expect("staked");
        submit("//Dave", pallet_root::Call::register { hotkey: account(&senator(number)) }).expect("seated");
    }
    wait_for_the_round();
}

fn propose(uri: &str, call: impl Into<RuntimeCall>) -> Result<(), Refused> {
    submit(uri, Call::propose { call: Box::new(call.into()) })
}

fn vote(senators: std::ops::Range<u32>, motion: u32, approve: bool) -> Result<(), Refused> {
    senators
        .into_iter()
        .try_for_each(|number| submit("//Dave", Call::vote { hotkey: account(&senator(number)), motion, approve }))
}

fn close(motion: u32) -> Result<(), Refused> {
    submit("//Ferdie", Call::close { motion })
}

/// What only root may do: allow fewer seats.
fn shrink() -> RuntimeCall {
    pallet_hyperparams::Call::set { netuid: SUBNET, params: Hyperparams { max_uids: 64, ..params() } }.into()
}

fn executed() -> DispatchResult {
    let mut events = events().into_iter().rev();
    let result = events.find_map(|event| match event {
        RuntimeEvent::Governance(Event::Executed { result, .. }) => Some(result),
        _ => None,
    });
    result.expect("the motion was executed")
}

fn happened(event: Event<Runtime>) -> bool {
    events().contains(&event.into())
}

#[test]
fn what_the_triumvirate_proposes_and_the_senate_approves_runs_as_root() {
    on_a_governed_chain(3, || {
        propose("//Bob", shrink()).unwrap();
        vote(0..2, 0, true).unwrap();
        close(0).unwrap();
        assert_eq!(executed(), Ok(()));
        assert_eq!(params().max_uids, 64);
        assert_eq!(close(0), refusal(E::NoSuchMotion));
    });
}

#[test]
fn half_of_the_senate_is_not_enough() {
    on_a_governed_chain(4, || {
        propose("//Alice", shrink()).unwrap();
        vote(0..2, 0, true).unwrap();
        assert_eq!(close(0), refusal(E::StillOpen));
        vote(2..3, 0, true).unwrap();
        close(0).unwrap();
        assert_eq!(executed(), Ok(()));
    });
}

#[test]
fn a_motion_that_half_of_the_senate_is_against_is_rejected_early() {
    on_a_governed_chain(4, || {
        propose("//Alice", shrink()).unwrap();
        vote(0..1, 0, false).unwrap();
        assert_eq!(close(0), refusal(E::StillOpen));
        vote(1..2, 0, false).unwrap();
        close(0).unwrap();
        assert!(happened(Event::Rejected { motion: 0 }));
        assert_eq!(params().max_uids, 256);
    });
}

#[test]
fn everybody_reads_who_decides_and_how_a_motion_stands() {
    on_a_governed_chain(3, || {
        propose("//Bob", shrink()).unwrap();
        vote(1..2, 0, false).unwrap();
        vote(2..3, 0, true).unwrap();
        let read = plexus_runtime::governance_info();
        let mut triumvirate = ["//Alice", "//Bob", "//Charlie"].map(account);
        triumvirate.sort();
        assert_eq!(read.triumvirate, triumvirate);
        assert_eq!(read.senate, [0, 1, 2].map(|number| account(&senator(number))));
        let motion = &read.motions[0];
        assert_eq!((motion.index, &motion.proposer, motion.ends), (0, &account("//Bob"), read.block + DURATION));
        assert_eq!(motion.call, shrink().encode());
        assert_eq!((&motion.ayes[..], &motion.nays[..]), (&[account(&senator(2))][..], &[account(&senator(1))][..]));
        assert_eq!(motion.standing, Standing::Open);
    });
}

#[test]
fn a_senator_may_change_its_mind_but_counts_once() {
    on_a_governed_chain(2, || {
        propose("//Alice", shrink()).unwrap();
        vote(0..1, 0, true).unwrap();
        vote(0..1, 0, true).unwrap();
        assert_eq!(close(0), refusal(E::StillOpen));
        vote(0..1, 0, false).unwrap();
        close(0).unwrap();
        assert!(happened(Event::Rejected { motion: 0 }));
    });
}

#[test]
fn a_motion_expires_even_with_a_majority_that_nobody_used() {
    on_a_governed_chain(3, || {
        propose("//Alice", shrink()).unwrap();
        let ends = System::block_number() + DURATION;
        vote(0..2, 0, true).unwrap();
        run_to_block(ends + 1);
        assert_eq!(vote(2..3, 0, true), refusal(E::MotionOver));
        close(0).unwrap();
        assert!(happened(Event::Expired { motion: 0 }));
        assert_eq!(params().max_uids, 256);
    });
}

#[test]
fn a_motion_can_be_carried_in_its_last_block() {
    on_a_governed_chain(1, || {
        propose("//Alice", shrink()).unwrap();
        run_to_block(System::block_number() + DURATION);
        vote(0..1, 0, true).unwrap();
        close(0).unwrap();
        assert_eq!(executed(), Ok(()));
    });
}

#[test]
fn an_eleventh_motion_waits_until_one_is_closed() {
    on_a_governed_chain(1, || {
        for _ in 0..OPEN_MOTIONS {
            propose("//Alice", shrink()).unwrap();
        }
        assert_eq!(propose("//Bob", shrink()), refusal(E::TooManyMotions));
        vote(0..1, 4, false).unwrap();
        close(4).unwrap();
        propose("//Bob", shrink()).unwrap();
        assert_eq!(propose("//Bob", shrink()), refusal(E::TooManyMotions));
    });
}

#[test]
fn only_the_triumvirate_proposes_and_only_the_senates_coldkeys_vote() {
    on_a_governed_chain(2, || {
        assert_eq!(propose("//Dave", shrink()), refusal(E::NotInTriumvirate));
        propose("//Charlie", shrink()).unwrap();
        let as_senator =
            |uri: &str, hotkey: &str| submit(uri, Call::vote { hotkey: account(hotkey), motion: 0, approve: true });
        assert_eq!(as_senator("//Alice", "//Alice"), refusal(E::NotSenator));
        assert_eq!(as_senator("//Alice", &senator(0)), refusal(E::NotSenator));
        register("//Bob", "//Bob//hotkey").unwrap();
        assert_eq!(as_senator("//Bob", "//Bob//hotkey"), refusal(E::NotSenator), "it has no stake");
        assert_eq!(vote(0..1, 7, true), refusal(E::NoSuchMotion));
    });
}

#[test]
fn the_senate_has_twelve_seats_and_the_thirteenth_stake_none() {
    on_a_governed_chain(SENATORS + 1, || {
        assert_eq!(Governance::senate().len(), SENATORS as usize);
        propose("//Alice", shrink()).unwrap();
        assert_eq!(vote(SENATORS..SENATORS + 1, 0, true), refusal(E::NotSenator));
        vote(0..6, 0, true).unwrap();
        assert_eq!(close(0), refusal(E::StillOpen));
        vote(6..7, 0, true).unwrap();
        close(0).unwrap();
    });
}

#[test]
fn the_vote_of_who_lost_its_seat_does_not_count() {
    on_a_governed_chain(3, || {
        propose("//Alice", shrink()).unwrap();
        vote(1..3, 0, true).unwrap();
        let unstake = pallet_stake::Call::remove { hotkey: account(&senator(2)), amount: 98 * TOKEN };
        submit("//Dave", unstake).unwrap();
        assert_eq!(close(0), refusal(E::StillOpen), "one of two");
    });
}

#[test]
fn a_call_that_fails_closes_its_motion_and_says_why() {
    on_a_governed_chain(1, || {
        propose("//Alice", pallet_subnets::Call::dissolve { netuid: NetUid(9) }).unwrap();
        vote(0..1, 0, true).unwrap();
        close(0).unwrap();
        assert_eq!(executed(), Err(pallet_subnets::Error::<Runtime>::NoSuchSubnet.into()));
        next_block();
        assert_eq!(close(0), refusal(E::NoSuchMotion));
    });
}

#[test]
fn closing_costs_nothing_unless_there_is_nothing_to_close() {
    on_a_governed_chain(1, || {
        propose("//Alice", shrink()).unwrap();
        let before = balance("//Ferdie");
        close(0).unwrap_err();
        let charged = before - balance("//Ferdie");
        assert!(charged > 0);
        vote(0..1, 0, true).unwrap();
        close(0).unwrap();
        assert_eq!(balance("//Ferdie"), before - charged);
    });
}

#[test]
fn a_call_that_is_too_long_or_too_heavy_is_not_proposed() {
    on_a_governed_chain(1, || {
        let long = frame_system::Call::set_storage { items: vec![(vec![], vec![0; 5_000])] };
        assert_eq!(propose("//Alice", long), refusal(E::CallTooLong));
        let calls = vec![pallet_subnets::Call::dissolve { netuid: SUBNET }.into(); 3];
        assert_eq!(propose("//Alice", pallet_utility::Call::batch_all { calls }), refusal(E::CallTooHeavy));
    });
}

#[test]
fn without_senators_nothing_passes() {
    on_a_governed_chain(0, || {
        propose("//Alice", shrink()).unwrap();
        assert_eq!(close(0), refusal(E::StillOpen));
    });
}

/// A public chain has no sudo key.
#[test]
fn governance_does_all_that_root_can_on_a_chain_without_a_sudo_key() {
    on_a_chain_with(serde_json::json!({ "sudo": { "key": null } }), || {
        let enter = || RuntimeCall::from(pallet_safe_mode::Call::force_enter {});
        let refused = submit("//Alice", pallet_sudo::Call::sudo { call: Box::new(enter()) });
        assert_eq!(refused, refusal(pallet_sudo::Error::<Runtime>::RequireSudo));
        submit("//Alice", pallet_subnets::Call::create { owner_hotkey: account("//Alice//hotkey") }).unwrap();
        next_block();
        register("//Dave", &senator(0)).unwrap();
        stake_and_wait("//Dave", &senator(0), TOKEN);
        submit("//Dave", pallet_root::Call::register { hotkey: account(&senator(0)) }).unwrap();

        let calls = vec![
            enter(),
            frame_system::Call::authorize_upgrade { code_hash: H256::repeat_byte(7) }.into(),
            pallet_membership::Call::swap_member {
                remove: account("//Charlie").into(),
                add: account("//Ferdie").into(),
            }
            .into(),
            shrink(),
        ];
        propose("//Alice", pallet_utility::Call::batch_all { calls }).unwrap();
        vote(0..1, 0, true).unwrap();
        close(0).unwrap();
        assert_eq!(executed(), Ok(()));
        assert!(SafeMode::is_entered());
        assert_eq!(System::authorized_upgrade().map(|upgrade| *upgrade.code_hash()), Some(H256::repeat_byte(7)));
        assert!(pallet_membership::Members::<Runtime>::get().contains(&account("//Ferdie")));
        assert_eq!(params().max_uids, 64);
        assert_eq!(submit("//Bob", pallet_proxy::Call::remove_proxies {}), refusal(filtered()));

        // Safe mode leaves governance its way out.
        propose("//Ferdie", pallet_safe_mode::Call::force_exit {}).unwrap();
        vote(0..1, 1, true).unwrap();
        close(1).unwrap();
        assert!(!SafeMode::is_entered());
    });
}
