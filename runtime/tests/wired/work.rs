//! Seats for work instead of tokens.

use crate::chain::*;
use pallet_neurons::Error;
use plexus_runtime::{Runtime, System};
use primitives::{is_worth, BlockNumber, Hyperparams, NetUid, Work, TOKEN};

type SeatError = Error<Runtime>;

/// A subnet where work for a seat takes a moment.
fn create_open_subnet() {
    create_subnet();
    set_params(Hyperparams { min_difficulty: 1_000, max_difficulty: 1_000_000, ..params() });
}

fn work(coldkey: &str, hotkey: &str, block: BlockNumber) -> Work {
    Work { block_hash: System::block_hash(block), netuid: SUBNET, hotkey: account(hotkey), coldkey: account(coldkey) }
}

fn solve(work: &Work, difficulty: u64) -> u64 {
    let seal = work.sealer();
    (0..).find(|nonce| is_worth(&seal(*nonce), difficulty)).expect("there is one")
}

fn show(coldkey: &str, hotkey: &str, block: BlockNumber, nonce: u64) -> Result<(), Refused> {
    let hotkey = account(hotkey);
    submit(coldkey, pallet_neurons::Call::register_pow { netuid: SUBNET, hotkey, block_number: block, nonce })
}

fn parent() -> BlockNumber {
    System::block_number() - 1
}

/// Works on the latest known block at the present difficulty, and shows it.
fn register_by_work(coldkey: &str, hotkey: &str) -> Result<(), Refused> {
    let nonce = solve(&work(coldkey, hotkey, parent()), metagraph().subnet.difficulty);
    show(coldkey, hotkey, parent(), nonce)
}

#[test]
fn work_gets_a_seat_for_a_coldkey_that_has_nothing_but_the_existential_deposit() {
    on_a_chain(|| {
        create_open_subnet();
        give("//Newcomer", 500);
        let issued = issuance();
        register_by_work("//Newcomer", "//Newcomer//hotkey").unwrap();
        assert_eq!((balance("//Newcomer"), issuance()), (500, issued), "neither burn nor fee");
        assert_eq!(metagraph().neurons[0].coldkey, account("//Newcomer"));
        register_by_work("//Newcomer", "//Newcomer//second").unwrap();
        assert_eq!(metagraph().neurons.len(), 2);
    });
}

#[test]
fn a_coldkey_that_is_no_account_cannot_sign_even_with_work() {
    on_a_chain(|| {
        create_open_subnet();
        let refused = register_by_work("//Nobody", "//Nobody//hotkey");
        assert_eq!(refused, unpaid());
    });
}

#[test]
fn each_seat_by_work_raises_the_difficulty_at_once_and_time_lowers_it() {
    on_a_chain(|| {
        create_open_subnet();
        let price = metagraph().subnet.burn;
        register_by_work("//Bob", "//Bob//1").unwrap();
        assert_eq!(metagraph().subnet.difficulty, 1_260);
        register_by_work("//Bob", "//Bob//2").unwrap();
        let raised = metagraph().subnet.difficulty;
        assert_eq!((raised, metagraph().subnet.burn), (1_587, price), "the price in tokens has a course of its own");
        run_to_block(metagraph().block + 180);
        assert_eq!(metagraph().subnet.difficulty, raised * 3 / 4);
        run_to_block(metagraph().block + 1_000);
        assert_eq!(metagraph().subnet.difficulty, 1_000);
    });
}

#[test]
fn work_that_somebody_overtook_is_worthless_and_not_free() {
    on_a_chain(|| {
        create_open_subnet();
        let mine = work("//Bob", "//Bob//hotkey", parent());
        let seal = mine.sealer();
        let barely = (0..).find(|nonce| is_worth(&seal(*nonce), 1_000) && !is_worth(&seal(*nonce), 1_260)).unwrap();
        register_by_work("//Charlie", "//Charlie//hotkey").unwrap();
        let before = balance("//Bob");
        assert_eq!(show("//Bob", "//Bob//hotkey", parent(), barely), refusal(SeatError::WorthlessWork));
        assert!(balance("//Bob") < before);
    });
}

#[test]
fn work_is_for_one_hotkey_one_coldkey_and_one_subnet() {
    on_a_chain(|| {
        create_open_subnet();
        submit("//Eve", pallet_subnets::Call::create { owner_hotkey: account("//Eve//hotkey") }).unwrap();
        let block = parent();
        let mine = work("//Bob", "//Bob//hotkey", block);
        let fits = |nonce: &u64| {
            let worth = |work: Work| is_worth(&work.seal(*nonce), 1_000);
            let stolen = [
                work("//Bob", "//Bob//other", block),
                work("//Mallory", "//Bob//hotkey", block),
                Work { netuid: NetUid(2), ..mine.clone() },
            ];
            worth(mine.clone()) && !stolen.into_iter().any(worth)
        };
        let nonce = (0..).find(fits).unwrap();
        give("//Mallory", TOKEN);
        assert_eq!(show("//Bob", "//Bob//other", block, nonce), refusal(SeatError::WorthlessWork));
        assert_eq!(show("//Mallory", "//Bob//hotkey", block, nonce), refusal(SeatError::WorthlessWork));
        let (netuid, hotkey) = (NetUid(2), account("//Bob//hotkey"));
        let elsewhere = pallet_neurons::Call::register_pow { netuid, hotkey, block_number: block, nonce };
        assert_eq!(submit("//Bob", elsewhere), refusal(SeatError::WorthlessWork));
        show("//Bob", "//Bob//hotkey", block, nonce).unwrap();
    });
}

#[test]
fn work_grows_stale_with_its_block() {
    on_a_chain(|| {
        create_open_subnet();
        run_to_block(10);
        let nonce = solve(&work("//Bob", "//Bob//hotkey", 9), 1_000);
        run_to_block(12);
        assert_eq!(show("//Bob", "//Bob//hotkey", 9, nonce), refusal(SeatError::StaleWork));
        let nonce = solve(&work("//Bob", "//Bob//hotkey", 10), 1_000);
        show("//Bob", "//Bob//hotkey", 10, nonce).unwrap();
    });
}

#[test]
fn work_on_a_block_that_has_no_hash_yet_is_refused() {
    on_a_chain(|| {
        create_open_subnet();
        for block in [parent() + 1, parent() + 2, u32::MAX] {
            let nonce = solve(&work("//Bob", "//Bob//hotkey", block), 1_000);
            assert_eq!(show("//Bob", "//Bob//hotkey", block, nonce), refusal(SeatError::StaleWork));
        }
    });
}

#[test]
fn work_buys_one_seat_even_where_that_seat_was_lost_at_once() {
    on_a_chain(|| {
        create_open_subnet();
        set_params(Hyperparams { max_uids: 1, max_validators: 1, ..params() });
        // Worth more than the difficulty after the first seat, so that only its reuse is wrong.
        let nonce = solve(&work("//Bob", "//Bob//hotkey", parent()), 10_000);
        show("//Bob", "//Bob//hotkey", parent(), nonce).unwrap();
        assert_eq!(show("//Bob", "//Bob//hotkey", parent(), nonce), refusal(SeatError::AlreadyRegistered));
        register("//Charlie", "//Charlie//hotkey").unwrap();
        assert_eq!(show("//Bob", "//Bob//hotkey", parent(), nonce), refusal(SeatError::WorkSpent));
        next_block();
        assert_eq!(show("//Bob", "//Bob//hotkey", parent() - 1, nonce), refusal(SeatError::WorkSpent));
        next_block();
        assert_eq!(show("//Bob", "//Bob//hotkey", parent() - 2, nonce), refusal(SeatError::StaleWork));
        register_by_work("//Bob", "//Bob//hotkey").expect("new work gets a new seat");
        assert_eq!(pallet_neurons::SpentWork::<Runtime>::get(SUBNET).len(), 1, "old work is forgotten");
    });
}

#[test]
fn work_for_the_hotkey_of_another_coldkey_is_refused() {
    on_a_chain(|| {
        create_open_subnet();
        let foreign = refusal(pallet_stake::Error::<Runtime>::HotkeyOfAnother);
        assert_eq!(register_by_work("//Bob", "//Alice//hotkey"), foreign);
    });
}

#[test]
fn work_and_tokens_share_the_limits_of_registration() {
    on_a_chain(|| {
        create_open_subnet();
        set_params(Hyperparams {
            max_registrations_per_block: 2,
            target_registrations_per_interval: 1,
            adjustment_interval: 10,
            ..params()
        });
        register("//Bob", "//Bob//1").unwrap();
        register_by_work("//Bob", "//Bob//2").unwrap();
        let full = refusal(SeatError::TooManyRegistrationsThisBlock);
        assert_eq!(register_by_work("//Bob", "//Bob//3"), full);
        next_block();
        register_by_work("//Bob", "//Bob//3").unwrap();
        let full = refusal(SeatError::TooManyRegistrationsThisInterval);
        assert_eq!(register_by_work("//Bob", "//Bob//4"), full);
        set_params(Hyperparams { registration_allowed: false, ..params() });
        assert_eq!(register_by_work("//Bob", "//Bob//4"), refusal(SeatError::RegistrationClosed));
    });
}

#[test]
fn a_subnet_may_take_no_work() {
    on_a_chain(|| {
        create_open_subnet();
        set_params(Hyperparams { pow_allowed: false, ..params() });
        assert_eq!(register_by_work("//Bob", "//Bob//hotkey"), refusal(SeatError::WorkNotAllowed));
    });
}
