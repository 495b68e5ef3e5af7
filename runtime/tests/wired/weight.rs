//! What epochs and other hooks cost, as the chain accounts for it.

use crate::{chain::*, reads::listen, support::limits};
use frame_support::{dispatch::DispatchClass, traits::Hooks, weights::Weight, BoundedVec};
use pallet_yuma::snapshot;
use plexus_runtime::{Runtime, System, Yuma};
use primitives::{Hyperparams, NetUid, MAX_ROOT_SEATS, TOKEN};

type DbWeight = <Runtime as frame_system::Config>::DbWeight;

/// 64 validators that each weight all other seats of a full subnet.
fn fill_a_subnet() {
    create_subnet();
    set_params(Hyperparams { max_registrations_per_block: 256, tempo: 50, ..params() });
    for uid in 0..256u16 {
        register("//Bob", &format!("//Bob//{uid}")).expect("registered");
        if uid < 64 {
            stake("//Bob", &format!("//Bob//{uid}"), u64::from(100 + uid) * TOKEN).expect("staked");
        }
        if uid % 16 == 0 {
            next_block();
        }
    }
    run_epoch();
    for uid in 0..64u16 {
        let row: Vec<_> = (64..256u16).map(|target| (target, 1 + (uid + target) % 50)).collect();
        set_weights(&format!("//Bob//{uid}"), &row).expect("set");
        next_block();
    }
}

#[test]
fn an_epoch_of_256_neurons_leaves_most_of_its_block_to_others() {
    on_a_chain(|| {
        fill_a_subnet();
        run_to_block(metagraph().next_epoch - 1);
        let started = std::time::Instant::now();
        next_block();
        let (elapsed, after) = (started.elapsed(), metagraph());
        assert_eq!(after.last_epoch, Some(after.block), "this block ran the epoch");
        assert!(after.neurons[64..].iter().all(|neuron| neuron.incentive > 0));

        let used = System::block_weight().total().ref_time();
        let limit = limits().max_block.ref_time();
        let per_mille = used * 1_000 / limit;
        println!("declared: {per_mille} per mille of a block; measured, native: {elapsed:?}");
        assert!(per_mille < 100, "an epoch takes {per_mille} per mille of its block");
    });
}

#[test]
fn a_snapshot_reads_four_keys_a_neuron_and_one_a_permit_and_none_twice() {
    on_a_chain(|| {
        fill_a_subnet();
        run_epoch();
        let now = System::block_number();
        let (snapshot, accesses) = listen(|| snapshot::take::<Runtime>(SUBNET, now));
        let input = snapshot.input;
        let filled = |rows: &[Vec<_>]| rows.iter().filter(|row| row.len() == 192).count();
        assert_eq!((filled(&input.weights), filled(&input.bonds)), (64, 64));
        let bound = 4 * 256 + 64 + u64::from(snapshot::READS_OF_A_SUBNET);
        assert_eq!(accesses.distinct(), (bound, 0));
        assert_eq!(accesses.reads.len() as u64, bound + 1, "only the number of seats is asked for a second time");
    });
}

#[test]
fn the_declared_weight_of_an_epoch_covers_its_reads_and_writes() {
    on_a_chain(|| {
        fill_a_subnet();
        let due = metagraph().next_epoch;
        run_to_block(due - 1);
        let (declared, accesses) = listen(|| {
            System::set_block_number(due);
            Yuma::on_initialize(due)
        });
        assert_eq!(metagraph().last_epoch, Some(due), "the epoch has run");
        let (reads, writes) = accesses.distinct();
        println!("{reads} keys read, {writes} written, {declared} declared");
        assert!(reads > 3 * 256 && writes > 256);
        assert!(declared.all_gte(DbWeight::get().reads_writes(reads, writes)));
        System::set_block_number(due - 1);
    });
}

/// All the subnets that a local network allows, of default tempo, and a full root network that weights all of them.
fn fill_the_network() {
    fill_a_subnet();
    let subnet = pallet_subnets::Registry::<Runtime>::get(SUBNET).expect("it exists");
    let netuids: Vec<_> = (1..=pallet_subnets::Rules::<Runtime>::get().max_subnets).map(NetUid).collect();
    for netuid in &netuids[1..] {
        pallet_subnets::Registry::<Runtime>::insert(netuid, &subnet);
        pallet_hyperparams::Parameters::<Runtime>::insert(netuid, Hyperparams::default());
    }
    pallet_subnets::NetUids::<Runtime>::put(BoundedVec::truncate_from(netuids.clone()));
    let row: Vec<_> = netuids.into_iter().map(|netuid| (netuid, 1)).collect();
    for seat in 0..u16::try_from(MAX_ROOT_SEATS).expect("few") {
        let hotkey = format!("//Bob//{seat}");
        submit("//Bob", pallet_root::Call::register { hotkey: account(&hotkey) }).expect("seated");
        set_root_weights(&hotkey, &row).expect("set");
    }
}

#[test]
fn a_block_in_which_everything_comes_due_on_a_full_local_network_takes_calls_too() {
    on_a_chain(|| {
        fill_the_network();
        let due = metagraph().next_epoch;
        pallet_authorities::SessionLength::<Runtime>::put(due);
        run_to_block(due - 1);
        // After those of an epoch, the root's hooks are the dearest of these; they run in each block here.
        let before = System::block_weight().total().ref_time();
        next_block();
        assert_eq!(metagraph().last_epoch, Some(due));
        assert_eq!(pallet_session::CurrentIndex::<Runtime>::get(), 1);
        let used = System::block_weight().total();
        println!("{used} of {}; without epoch and session {before} ps", limits().max_block);
        assert!(used.all_lte(limits().max_block / 2), "hooks fill more than half of the block");
        stake("//Alice", "//Bob//0", TOKEN).expect("there is room");
    });
}

#[test]
fn hooks_that_are_heavier_than_a_block_keep_calls_out_of_it_and_break_nothing() {
    on_a_chain(|| {
        create_network();
        for too_much in [
            Weight::from_parts(limits().max_block.ref_time(), 0),
            Weight::from_parts(0, limits().max_block.proof_size()),
        ] {
            next_block();
            System::register_extra_weight_unchecked(too_much * 3, DispatchClass::Mandatory);
            let full = "TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)";
            assert_eq!(stake("//Bob", "//Bob//hotkey", TOKEN), Err(Refused::ByThePool(full.into())));
            next_block();
            stake("//Bob", "//Bob//hotkey", TOKEN).expect("the next block has room");
        }
    });
}
