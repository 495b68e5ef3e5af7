use crate::chain::*;
use chain_traits::{HotkeyOwners, Payout, Payroll, StakeOf};
use pallet_stake::Error;
use plexus_runtime::{Emission, Runtime, Stake, System};
use primitives::{Amount, TOKEN};

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

/// Makes the subnet pay `tokens` to Bob's hotkey as dividends, at once, and says what became of Bob's and Eve's stake.
fn pay_bob(tokens: u64) -> (Amount, Amount) {
    let pot = Emission::pot();
    let amount = tokens * TOKEN;
    pallet_emission::Pending::<Runtime>::mutate(SUBNET, |pending| *pending += 2 * amount);
    frame_support::assert_ok!(<plexus_runtime::Balances as frame_support::traits::fungible::Mutate<_>>::mint_into(
        &pot,
        2 * amount
    ));
    let before = (staked("//Bob"), staked("//Eve"));
    let payout = Payout { hotkey: account("//Bob//hotkey"), miner: 0, validator: amount };
    Emission::pay(SUBNET, &[payout]).expect("the budget is there");
    (staked("//Bob") - before.0, staked("//Eve") - before.1)
}

fn set_take(coldkey: &str, hotkey: &str, take: u16) -> Result<(), Refused> {
    submit(coldkey, pallet_stake::Call::set_take { hotkey: account(hotkey), take })
}

#[test]
fn stake_added_just_before_a_payout_earns_nothing_and_counts_nowhere() {
    on_a_chain(|| {
        create_network();
        let counted = Stake::stake(&account("//Bob//hotkey"));
        stake("//Eve", "//Bob//hotkey", 100_000 * TOKEN).unwrap();
        next_block();
        assert_eq!(Stake::stake(&account("//Bob//hotkey")), counted);
        let (bob, eve) = pay_bob(50);
        assert_eq!(eve, 0);
        assert!(bob >= 50 * TOKEN - 1, "all of it, but for the unit that rounding left in the pool: {bob}");
        unstake("//Eve", "//Bob//hotkey", 100_000 * TOKEN).expect("what waits can be taken back at once");
        assert_eq!(staked("//Eve"), 0);
    });
}

#[test]
fn dividends_are_shared_by_stake_after_the_take() {
    on_a_chain(|| {
        create_network();
        stake("//Eve", "//Bob//hotkey", 3_000 * TOKEN).unwrap();
        wait_for_the_round();
        let share = |of: Amount, stakes: (Amount, Amount)| {
            (u128::from(of) * u128::from(stakes.1) / u128::from(stakes.0 + stakes.1)) as Amount
        };
        let close = |a: Amount, b: Amount| a.abs_diff(b) <= 2;

        let stakes = (staked("//Bob"), staked("//Eve"));
        let (bob, eve) = pay_bob(100);
        assert!(close(eve, share(100 * TOKEN - 17_999_542_229, stakes)), "18 % is the owner's while it says nothing");
        assert!(close(bob + eve, 100 * TOKEN));

        set_take("//Bob", "//Bob//hotkey", 0).unwrap();
        let stakes = (staked("//Bob"), staked("//Eve"));
        let (bob, eve) = pay_bob(100);
        assert!(close(eve, share(100 * TOKEN, stakes)), "{eve}");
        assert!(close(bob + eve, 100 * TOKEN));
    });
}

#[test]
fn a_take_falls_freely_and_rises_once_in_a_month() {
    on_a_chain(|| {
        create_network();
        let hotkey = "//Bob//hotkey";
        assert_eq!(set_take("//Eve", hotkey, 0), refusal(StakeError::HotkeyOfAnother));
        assert_eq!(set_take("//Bob", hotkey, 11_797), refusal(StakeError::TakeTooHigh));
        set_take("//Bob", hotkey, 5_000).unwrap();
        set_take("//Bob", hotkey, 1_000).unwrap();
        set_take("//Bob", hotkey, 2_000).expect("the first rise is free");
        assert_eq!(set_take("//Bob", hotkey, 2_001), refusal(StakeError::TakeRaisedTooSoon));
        set_take("//Bob", hotkey, 1_999).unwrap();
        let raised_at = pallet_stake::Takes::<Runtime>::get(account(hotkey)).and_then(|take| take.raised_at).unwrap();
        let now = System::block_number();
        System::set_block_number(raised_at + 216_000 - 1);
        assert_eq!(set_take("//Bob", hotkey, 2_001), refusal(StakeError::TakeRaisedTooSoon));
        System::set_block_number(raised_at + 216_000);
        set_take("//Bob", hotkey, 2_001).unwrap();
        System::set_block_number(now);
    });
}

#[test]
fn stake_moves_between_hotkeys_and_waits_there() {
    on_a_chain(|| {
        create_network();
        stake("//Eve", "//Bob//hotkey", 10 * TOKEN).unwrap();
        wait_for_the_round();
        let move_stake = |to: &str, amount: Amount| {
            let (from, to) = (account("//Bob//hotkey"), account(to));
            submit("//Eve", pallet_stake::Call::move_stake { from, to, amount })
        };
        assert_eq!(move_stake("//Bob//hotkey", TOKEN), refusal(StakeError::SameHotkey));
        assert_eq!(move_stake("//Nobody", TOKEN), refusal(StakeError::UnknownHotkey));
        assert_eq!(move_stake("//Charlie//hotkey", 11 * TOKEN), refusal(StakeError::NotEnoughStake));
        assert_eq!(move_stake("//Charlie//hotkey", 1), refusal(StakeError::BelowMinimum));
        let before = Stake::stake(&account("//Charlie//hotkey"));
        move_stake("//Charlie//hotkey", 4 * TOKEN).unwrap();
        assert_eq!(Stake::stake(&account("//Charlie//hotkey")), before, "it waits");
        assert!(10 * TOKEN - staked("//Eve") <= 1, "who takes shares out pays for rounding");
        wait_for_the_round();
        assert!(Stake::stake(&account("//Charlie//hotkey")) >= before + 4 * TOKEN);
    });
}

#[test]
fn all_of_a_position_can_be_taken_with_its_earnings() {
    on_a_chain(|| {
        create_network();
        stake("//Eve", "//Bob//hotkey", 10 * TOKEN).unwrap();
        wait_for_the_round();
        let (_, earned) = pay_bob(100);
        assert!(earned > 0);
        let remove_all = || submit("//Eve", pallet_stake::Call::remove_all { hotkey: account("//Bob//hotkey") });
        remove_all().unwrap();
        assert_eq!(Stake::positions_of(&account("//Eve")), []);
        assert_eq!(remove_all(), refusal(StakeError::NotEnoughStake));
    });
}

#[test]
fn a_thousand_nominators_are_paid_at_the_price_of_one() {
    on_a_chain(|| {
        create_network();
        let accesses = || crate::reads::listen(|| pay_bob(10)).1;
        let (reads, writes) = (accesses().reads.len(), accesses().writes.len());
        let hotkey = account("//Bob//hotkey");
        for nominator in 0..1_000u32 {
            let coldkey = primitives::AccountId::new(sp_core::blake2_256(&nominator.to_le_bytes()));
            frame_support::assert_ok!(
                <plexus_runtime::Balances as frame_support::traits::fungible::Mutate<_>>::mint_into(
                    &coldkey,
                    2 * TOKEN
                )
            );
            let origin = frame_system::RawOrigin::Signed(coldkey).into();
            frame_support::assert_ok!(Stake::add(origin, hotkey.clone(), TOKEN));
        }
        wait_for_the_round();
        pay_bob(10);
        assert_eq!((accesses().reads.len(), accesses().writes.len()), (reads, writes));
        assert_eq!(Stake::delegates()[0].nominators, 1_001);
        assert_eq!(Stake::coldkey_of(&hotkey), Some(account("//Bob")));
    });
}
