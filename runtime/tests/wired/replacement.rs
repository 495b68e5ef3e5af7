//! Who loses a seat in a full subnet.

use crate::chain::*;
use pallet_neurons::Error;
use plexus_runtime::Runtime;
use primitives::{AccountId, Axon, Hyperparams, IpAddress, Uid, WeightRow};

/// Two validators (uids 0 and 1) who pay uid 2 ten times as much as uid 3, and no free seat.
fn create_full_network() {
    create_network();
    set_params(Hyperparams { max_uids: 4, max_validators: 4, ..params() });
    for hotkey in ["//Bob//hotkey", "//Charlie//hotkey"] {
        set_weights(hotkey, &[(2, 100), (3, 10)]).unwrap();
    }
    run_epoch();
}

fn holder(uid: Uid) -> AccountId {
    metagraph().neurons[usize::from(uid)].hotkey.clone()
}

/// The uid that a newcomer gets.
fn newcomer(name: &str) -> Uid {
    let hotkey = format!("{name}//hotkey");
    register(name, &hotkey).unwrap();
    metagraph().by_hotkey(&account(&hotkey)).expect("it has a seat").uid
}

#[test]
fn of_those_out_of_immunity_the_one_that_earned_least_goes() {
    on_a_chain(|| {
        create_full_network();
        run_to_block(60);
        let emissions: Vec<_> = metagraph().neurons.iter().map(|neuron| neuron.emission).collect();
        assert_eq!(emissions.iter().min(), Some(&emissions[3]));
        assert_eq!(newcomer("//Ferdie"), 3);
    });
}

#[test]
fn a_seat_within_its_immunity_stays_although_it_earned_nothing() {
    on_a_chain(|| {
        create_full_network();
        run_to_block(60);
        assert_eq!(newcomer("//Ferdie"), 3);
        run_epoch();
        assert_eq!(metagraph().neurons[3].emission, 0);
        let next = newcomer("//Eve");
        assert_ne!(next, 3, "Ferdie earned nothing, but is immune");
        assert_eq!(holder(3), account("//Ferdie//hotkey"));
    });
}

#[test]
fn where_all_are_immune_the_one_that_earned_least_goes() {
    on_a_chain(|| {
        create_full_network();
        set_params(Hyperparams { immunity_period: 10_000, ..params() });
        assert_eq!(newcomer("//Ferdie"), 3);
    });
}

#[test]
fn of_equals_the_oldest_goes_and_of_those_of_one_block_the_lowest_uid() {
    on_a_chain(|| {
        create_subnet();
        for (hotkey, blocks) in [("//Bob//0", 1), ("//Bob//1", 0), ("//Bob//2", 1), ("//Bob//3", 1)] {
            register("//Bob", hotkey).unwrap();
            (0..blocks).for_each(|_| next_block());
        }
        set_params(Hyperparams { max_uids: 4, max_validators: 4, ..params() });
        run_to_block(60);
        let order: Vec<_> = ["//Dave", "//Eve", "//Ferdie", "//Charlie"].map(newcomer).into();
        assert_eq!(order, [0, 1, 2, 3]);
    });
}

#[test]
fn the_owners_hotkey_keeps_its_seat_although_it_is_the_oldest_and_earned_least() {
    on_a_chain(|| {
        create_subnet();
        register("//Alice", "//Alice//hotkey").unwrap();
        next_block();
        register("//Bob", "//Bob//hotkey").unwrap();
        set_params(Hyperparams { max_uids: 2, max_validators: 2, ..params() });
        run_to_block(60);
        assert_eq!(newcomer("//Dave"), 1);
        assert_eq!(newcomer("//Eve"), 1, "nor does immunity of all others cost the owner its seat");
        set_params(Hyperparams { max_uids: 1, max_validators: 1, ..params() });
        assert_eq!(holder(0), account("//Alice//hotkey"));
    });
}

#[test]
fn a_newcomer_inherits_nothing() {
    on_a_chain(|| {
        create_full_network();
        let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 1, version: 1 };
        submit("//Charlie//hotkey", pallet_neurons::Call::serve_axon { netuid: SUBNET, axon }).unwrap();
        let metrics = pallet_neurons::Call::serve_prometheus { netuid: SUBNET, endpoint: axon };
        submit("//Charlie//hotkey", metrics).unwrap();
        run_epoch();
        let rows = |uid| -> Vec<WeightRow> {
            plexus_runtime::Weights::set_rows(SUBNET).into_iter().filter(|row| row.uid == uid).collect()
        };
        assert!(rows(1).len() == 1 && bonds().iter().any(|row| row.uid == 1), "there is something to inherit");

        // Charlie's validator is the only one that is not the owner's and not younger.
        pallet_yuma::LastScores::<Runtime>::mutate(SUBNET, |all| all[1].emission = 0);
        run_to_block(metagraph().block + 1);
        assert_eq!(newcomer("//Ferdie"), 1);
        let seat = metagraph().neurons[1].clone();
        assert_eq!((seat.axon, seat.prometheus, seat.stake, seat.validator_permit), (None, None, 0, false));
        assert_eq!((seat.incentive, seat.dividends, seat.emission, seat.rank), (0, 0, 0, 0));
        assert_eq!((seat.registered_at, seat.last_update), (metagraph().block, metagraph().block));
        assert!(rows(1).is_empty() && bonds().iter().all(|row| row.uid != 1));
        let after = run_epoch();
        assert_eq!((after.neurons[1].dividends, after.neurons[1].emission), (0, 0));
    });
}

#[test]
fn a_subnet_of_its_owner_alone_has_no_seat_to_give() {
    on_a_chain(|| {
        create_subnet();
        register("//Alice", "//Alice//hotkey").unwrap();
        set_params(Hyperparams { max_uids: 1, max_validators: 1, ..params() });
        assert_eq!(register("//Bob", "//Bob//hotkey"), refusal(Error::<Runtime>::NoReplaceableSeat));
    });
}
