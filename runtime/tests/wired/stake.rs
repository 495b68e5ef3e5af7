use crate::chain::*;
use pallet_stake::Error;
use plexus_runtime::{Runtime, Stake};
use primitives::TOKEN;

type StakeError = Error<Runtime>;

fn unstake(coldkey: &str, hotkey: &str, amount: u64) -> Result<(), Refused> {
    submit(coldkey, pallet_stake::Call::remove { hotkey: account(hotkey), amount })
}

#[test]
fn stake_moves_to_the_pot_and_comes_back_to_the_unit() {
    on_a_chain(|| {
        create_network();
        let issued = issuance();
        let before = balance("//Eve");
        stake("//Eve", "//Bob//hotkey", 5 * TOKEN).unwrap();
        assert_eq!(Stake::positions_of(&account("//Eve")), [(account("//Bob//hotkey"), 5 * TOKEN)]);
        unstake("//Eve", "//Bob//hotkey", 5 * TOKEN).unwrap();
        assert_eq!(Stake::positions_of(&account("//Eve")), []);
        let fees = before - balance("//Eve");
        assert_eq!(issuance(), issued - fees, "nothing but the fees has left");
    });
}

#[test]
fn one_cannot_stake_or_unstake_more_than_one_has() {
    on_a_chain(|| {
        create_network();
        let hotkey = "//Bob//hotkey";
        assert_eq!(stake("//Eve", hotkey, 2_000_000 * TOKEN), refusal(StakeError::NotEnoughBalance));
        stake("//Eve", hotkey, TOKEN).unwrap();
        assert_eq!(unstake("//Eve", hotkey, TOKEN + 1), refusal(StakeError::NotEnoughStake));
        assert_eq!(unstake("//Dave", hotkey, 1), refusal(StakeError::NotEnoughStake));
    });
}

#[test]
fn a_position_keeps_the_minimum_or_nothing() {
    on_a_chain(|| {
        create_network();
        assert_eq!(stake("//Eve", "//Bob//hotkey", 1), refusal(StakeError::BelowMinimum));
        stake("//Eve", "//Bob//hotkey", TOKEN).unwrap();
        assert_eq!(unstake("//Eve", "//Bob//hotkey", TOKEN - 1), refusal(StakeError::BelowMinimum));
    });
}

#[test]
fn nobody_stakes_on_a_hotkey_that_nobody_registered() {
    on_a_chain(|| {
        create_subnet();
        assert_eq!(stake("//Eve", "//Nobody", TOKEN), refusal(StakeError::UnknownHotkey));
    });
}
