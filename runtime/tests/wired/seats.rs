use crate::chain::*;
use pallet_neurons::Error;
use plexus_runtime::Runtime;
use primitives::{Axon, Hyperparams, IpAddress, TOKEN};

type SeatError = Error<Runtime>;

fn axon(port: u16) -> Axon {
    Axon { ip: IpAddress::V4([127, 0, 0, 1]), port, version: 1 }
}

fn show_metrics(hotkey: &str, endpoint: Axon) -> Result<(), Refused> {
    submit(hotkey, pallet_neurons::Call::serve_prometheus { netuid: SUBNET, endpoint })
}

fn serve(hotkey: &str, axon: Axon) -> Result<(), Refused> {
    submit(hotkey, pallet_neurons::Call::serve_axon { netuid: SUBNET, axon })
}

#[test]
fn a_registration_burns_the_price_and_raises_the_next() {
    on_a_chain(|| {
        create_subnet();
        let (issued, price) = (issuance(), metagraph().subnet.burn);
        register("//Bob", "//Bob//hotkey").unwrap();
        let paid_in_fees = 1_000_000 * TOKEN - balance("//Bob") - price;
        assert_eq!(issuance(), issued - price - paid_in_fees);
        assert_eq!(metagraph().subnet.burn, price * 126 / 100);
        assert_eq!(metagraph().neurons[0].coldkey, account("//Bob"));
    });
}

#[test]
fn a_hotkey_registers_once_and_only_for_its_own_coldkey() {
    on_a_chain(|| {
        create_subnet();
        register("//Bob", "//Bob//hotkey").unwrap();
        assert_eq!(register("//Bob", "//Bob//hotkey"), refusal(SeatError::AlreadyRegistered));
        assert_eq!(register("//Charlie", "//Alice//hotkey"), refusal(pallet_stake::Error::<Runtime>::HotkeyOfAnother));
    });
}

#[test]
fn a_registration_without_funds_or_above_the_maximum_price_is_refused() {
    on_a_chain(|| {
        create_subnet();
        give("//Poor", TOKEN);
        set_params(Hyperparams { min_burn: TOKEN, ..params() });
        assert_eq!(register("//Poor", "//Poor//hotkey"), refusal(SeatError::CannotPayBurn));
        let cheap = pallet_neurons::Call::register { netuid: SUBNET, hotkey: account("//Bob//hotkey"), max_burn: 5 };
        assert_eq!(submit("//Bob", cheap), refusal(SeatError::PriceAboveMaximum));
    });
}

#[test]
fn registration_closes_by_parameter_and_is_bounded_in_each_block() {
    on_a_chain(|| {
        create_subnet();
        set_params(Hyperparams { max_registrations_per_block: 1, ..params() });
        register("//Bob", "//Bob//1").unwrap();
        assert_eq!(register("//Bob", "//Bob//2"), refusal(SeatError::TooManyRegistrationsThisBlock));
        next_block();
        register("//Bob", "//Bob//2").unwrap();
        set_params(Hyperparams { registration_allowed: false, ..params() });
        assert_eq!(register("//Bob", "//Bob//3"), refusal(SeatError::RegistrationClosed));
    });
}

#[test]
fn an_interval_takes_three_times_its_target_and_the_next_one_again() {
    on_a_chain(|| {
        create_subnet();
        set_params(Hyperparams { target_registrations_per_interval: 1, adjustment_interval: 10, ..params() });
        let first = metagraph().block;
        for hotkey in ["//Bob//1", "//Bob//2", "//Bob//3"] {
            register("//Bob", hotkey).unwrap();
            next_block();
        }
        assert_eq!(register("//Bob", "//Bob//4"), refusal(SeatError::TooManyRegistrationsThisInterval));
        run_to_block(first + 9);
        assert_eq!(register("//Bob", "//Bob//4"), refusal(SeatError::TooManyRegistrationsThisInterval));
        next_block();
        register("//Bob", "//Bob//4").unwrap();
    });
}

#[test]
fn a_full_subnet_gives_the_newcomer_the_seat_that_earned_least() {
    on_a_chain(|| {
        create_network();
        set_params(Hyperparams { max_uids: 4, max_validators: 4, ..params() });
        set_weights("//Bob//hotkey", &[(2, 100), (3, 10)]).unwrap();
        set_weights("//Charlie//hotkey", &[(2, 100), (3, 10)]).unwrap();
        run_epoch();
        run_to_block(60);
        let earned = metagraph().neurons[3].emission;
        assert!(earned > 0 && earned < metagraph().neurons[2].emission);

        register("//Ferdie", "//Ferdie//hotkey").unwrap();
        let newcomer = &metagraph().neurons[3];
        assert_eq!(newcomer.hotkey, account("//Ferdie//hotkey"));
        assert_eq!((newcomer.emission, newcomer.incentive, newcomer.axon), (0, 0, None));
        assert!(metagraph().by_hotkey(&account("//Eve//hotkey")).is_none());
    });
}

#[test]
fn weights_set_before_a_seat_changed_hands_give_the_newcomer_nothing() {
    on_a_chain(|| {
        create_network();
        set_params(Hyperparams { max_uids: 4, max_validators: 4, ..params() });
        set_weights("//Bob//hotkey", &[(2, 100), (3, 10)]).unwrap();
        run_to_block(60);
        register("//Ferdie", "//Ferdie//hotkey").unwrap();
        let uid = metagraph().by_hotkey(&account("//Ferdie//hotkey")).unwrap().uid;
        assert_eq!(run_epoch().neurons[usize::from(uid)].emission, 0);
    });
}

#[test]
fn the_owners_seat_is_never_replaced() {
    on_a_chain(|| {
        create_subnet();
        register("//Alice", "//Alice//hotkey").unwrap();
        set_params(Hyperparams { max_uids: 1, max_validators: 1, ..params() });
        run_to_block(60);
        assert_eq!(register("//Bob", "//Bob//hotkey"), refusal(SeatError::NoReplaceableSeat));
    });
}

#[test]
fn a_hotkey_without_a_balance_serves_its_axon_for_free() {
    on_a_chain(|| {
        create_network();
        assert_eq!(balance("//Dave//hotkey"), 0);
        serve("//Dave//hotkey", axon(8_091)).unwrap();
        assert_eq!(metagraph().neurons[2].axon, Some(axon(8_091)));
    });
}

#[test]
fn a_hotkey_that_announces_too_often_neither_gets_through_nor_gets_it_for_free() {
    on_a_chain(|| {
        create_network();
        serve("//Dave//hotkey", axon(8_091)).unwrap();
        let refused = serve("//Dave//hotkey", axon(8_092));
        assert_eq!(refused, unpaid());
        run_to_block(metagraph().block + 6);
        serve("//Dave//hotkey", axon(8_092)).unwrap();
    });
}

#[test]
fn an_axon_nobody_could_dial_is_refused() {
    on_a_chain(|| {
        create_subnet();
        register("//Bob", "//Bob").unwrap();
        assert_eq!(serve("//Bob", axon(0)), refusal(SeatError::ZeroPort));
        let nowhere = Axon { ip: IpAddress::V4([0; 4]), ..axon(1) };
        assert_eq!(serve("//Bob", nowhere), refusal(SeatError::UnusableIp));
        assert_eq!(serve("//Charlie", axon(1)), refusal(SeatError::NotRegistered));
    });
}

#[test]
fn metrics_are_announced_for_free_beside_the_axon_and_at_their_own_pace() {
    on_a_chain(|| {
        create_network();
        serve("//Dave//hotkey", axon(8_091)).unwrap();
        show_metrics("//Dave//hotkey", axon(9_090)).unwrap();
        let dave = &metagraph().neurons[2];
        assert_eq!((dave.axon, dave.prometheus), (Some(axon(8_091)), Some(axon(9_090))));
        assert_eq!(balance("//Dave//hotkey"), 0);
        assert!(matches!(show_metrics("//Dave//hotkey", axon(9_091)), Err(Refused::ByThePool(_))));
        run_to_block(metagraph().block + 6);
        show_metrics("//Dave//hotkey", axon(9_091)).unwrap();
    });
}

#[test]
fn metrics_that_nobody_could_reach_or_of_a_stranger_are_refused() {
    on_a_chain(|| {
        create_subnet();
        register("//Bob", "//Bob").unwrap();
        assert_eq!(show_metrics("//Bob", axon(0)), refusal(SeatError::ZeroPort));
        let nowhere = Axon { ip: IpAddress::V6([0; 16]), ..axon(1) };
        assert_eq!(show_metrics("//Bob", nowhere), refusal(SeatError::UnusableIp));
        assert_eq!(show_metrics("//Charlie", axon(1)), refusal(SeatError::NotRegistered));
        show_metrics("//Bob", axon(1)).unwrap();
        assert_eq!(show_metrics("//Bob", axon(2)), refusal(SeatError::ServedTooSoon));
    });
}

#[test]
fn a_hotkey_that_lost_its_last_seat_cannot_sign_any_more() {
    on_a_chain(|| {
        create_network();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert!(matches!(serve("//Dave//hotkey", axon(1)), Err(Refused::ByThePool(_))));
    });
}
