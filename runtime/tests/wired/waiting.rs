//! Epochs that come due at once, and wait for a block with time for them.

use crate::{chain::*, commits::*, support::limits};
use frame_support::dispatch::DispatchClass;
use pallet_weights::Overtaken;
use plexus_runtime::{Runtime, RuntimeEvent, RuntimeOrigin, System};
use primitives::{BlockNumber, Hyperparams, NetUid, Reveal, WeightsObstacle, TOKEN};

/// As many subnets as there can be, each with 128 seats, whose owners all chose a tempo by which their epoch is due in
/// block `due`.
fn create_subnets_due_at(due: BlockNumber) {
    for netuid in (2..=64).map(NetUid) {
        // Else each would cost twice as much as the one before.
        pallet_subnets::Last::<Runtime>::kill();
        submit("//Bob", pallet_subnets::Call::create { owner_hotkey: account("//Bob//hotkey") }).expect("created");
        let many = Hyperparams { max_registrations_per_block: 128, burn_increase: 1_000, ..params() };
        pallet_hyperparams::Parameters::<Runtime>::insert(netuid, Hyperparams { tempo: due as u16 + netuid.0, ..many });
        for uid in 0..128 {
            let hotkey = account(&format!("//Bob//{uid}"));
            let register = pallet_neurons::Call::register { netuid, hotkey, max_burn: TOKEN };
            submit("//Bob", register).expect("registered");
        }
        next_block();
    }
}

#[test]
fn epochs_that_come_due_at_once_are_spread_over_blocks_and_none_is_lost() {
    on_a_chain(|| {
        create_subnet();
        let due = System::block_number() + 80;
        create_subnets_due_at(due);
        run_to_block(due - 1);
        let mandatory = || System::block_weight().get(DispatchClass::Mandatory).ref_time();
        let (idle, mut ran, mut heaviest) = (mandatory(), Vec::new(), 0);
        while ran.len() < 63 && System::block_number() < due + 63 {
            next_block();
            let epochs = events().into_iter().filter_map(|event| match event {
                RuntimeEvent::Yuma(pallet_yuma::Event::EpochRun { netuid }) if netuid != SUBNET => Some(netuid),
                _ => None,
            });
            let before = ran.len();
            ran.extend(epochs);
            heaviest = heaviest.max((mandatory() - idle) / (ran.len() - before).max(1) as u64);
            assert!(
                mandatory() <= limits().max_block.ref_time() / 2 + 2 * heaviest,
                "{} of {:?}",
                mandatory(),
                limits()
            );
            check_invariants();
        }
        let blocks = System::block_number() + 1 - due;
        println!("{} epochs in {blocks} blocks", ran.len());
        assert!(blocks > 1, "one block had time for all, which shows nothing");
        assert_eq!(ran, (2..=64).map(NetUid).collect::<Vec<_>>(), "each once, in their order");
        next_block();
        assert!(pallet_yuma::Postponed::<Runtime>::get().is_empty());
    });
}

/// What validators say before the epoch that waits came due, and what they show while it waits.
fn rows() -> [Reveal; 2] {
    [row(&[(2, 1)], 1), row(&[(3, 1)], 2)]
}

/// A network with hidden weights, in the block in which its epoch comes due and has to wait behind those of all other
/// subnets. Bob has let a commit pass; he and Charlie, who has not, can show another row.
fn with_an_epoch_that_waits(test: impl FnOnce(BlockNumber)) {
    on_a_chain(|| {
        hidden_network();
        stake("//Charlie", CHARLIE, 800 * TOKEN).unwrap();
        let due = metagraph().next_epoch + 7 * 10;
        create_subnets_due_at(due - 1);
        let [old, new] = rows();
        run_to_block(due - 11);
        [BOB, CHARLIE].iter().for_each(|hotkey| commit(hotkey, &old).unwrap());
        run_to_block(due - 10);
        reveal(CHARLIE, [&old]).unwrap();
        [BOB, CHARLIE].iter().for_each(|hotkey| commit(hotkey, &new).unwrap());
        run_to_block(due);
        assert_eq!(pallet_yuma::Postponed::<Runtime>::get().last(), Some(&SUBNET));
        test(due);
    });
}

#[test]
fn an_epoch_that_waits_reads_the_rows_that_stood_when_it_came_due() {
    with_an_epoch_that_waits(|due| {
        assert!(status(BOB).forfeits);
        let new = rows()[1].clone();
        [BOB, CHARLIE].iter().for_each(|hotkey| reveal(hotkey, [&new]).unwrap());
        assert!(!status(BOB).forfeits);
        assert_eq!([0, 1].map(stored), [vec![(3, u16::MAX)], vec![(3, u16::MAX)]], "what counts from the next one on");
        let before = stake_of(0);
        next_block();
        let waited = metagraph();
        assert_eq!(waited.last_epoch, Some(due + 1));
        assert_eq!((waited.neurons[2].incentive, waited.neurons[3].incentive), (u16::MAX, 0));
        assert!(waited.neurons[1].dividends > 0);
        assert_eq!((waited.neurons[0].dividends, stake_of(0)), (0, before), "nobody gets out of a forfeit by a wait");
        assert_eq!(Overtaken::<Runtime>::iter().count(), 0);
        let after = run_epoch();
        assert_eq!((after.neurons[2].incentive, after.neurons[3].incentive), (0, u16::MAX));
        assert!(after.neurons[0].dividends > 0 && stake_of(0) > before);
    });
}

#[test]
fn an_epoch_that_waits_is_told_as_the_next_one() {
    with_an_epoch_that_waits(|due| {
        assert_eq!((status(BOB).next_epoch, metagraph().next_epoch), (due + 1, due + 1));
        assert_eq!(status(DAVE).obstacle, Some(WeightsObstacle::NoPermit { until: due + 1 }));
        reveal(CHARLIE, [&rows()[1]]).unwrap();
        next_block();
        assert_eq!((status(BOB).next_epoch, metagraph().next_epoch), (due + 10, due + 10));
    });
}

#[test]
fn a_subnet_that_goes_while_its_epoch_waits_leaves_no_row_behind() {
    with_an_epoch_that_waits(|_| {
        reveal(CHARLIE, [&rows()[1]]).unwrap();
        assert_eq!(Overtaken::<Runtime>::iter().count(), 1);
        // The epochs of this block leave no room for the extrinsic.
        plexus_runtime::Subnets::dissolve(RuntimeOrigin::root(), SUBNET).unwrap();
        assert_eq!(Overtaken::<Runtime>::iter().count(), 0);
    });
}
