use crate::chain::*;
use plexus_runtime::{Runtime, RuntimeEvent};
use primitives::{BondRow, TOKEN};

#[test]
fn epochs_run_at_the_tempo_and_the_snapshot_tells_the_next() {
    on_a_chain(|| {
        create_network();
        let first = metagraph();
        assert_eq!(first.last_epoch, Some(first.block));
        assert_eq!(first.next_epoch, first.block + 10);
        assert_eq!((first.next_epoch + 1 + 1) % 10, 0);
        let second = run_epoch();
        assert_eq!(second.last_epoch, Some(first.next_epoch));
    });
}

#[test]
fn the_first_epoch_gives_permits_to_those_with_stake() {
    on_a_chain(|| {
        create_network();
        let permits: Vec<_> = metagraph().neurons.iter().map(|neuron| neuron.validator_permit).collect();
        assert_eq!(permits, [true, true, false, false]);
    });
}

#[test]
fn a_miner_that_both_validators_prefer_earns_and_one_that_they_leave_out_does_not() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 1)]).unwrap();
        set_weights("//Charlie//hotkey", &[(2, 1)]).unwrap();
        let after = run_epoch();
        assert_eq!(after.neurons[2].incentive, u16::MAX);
        assert_eq!(after.neurons[3].incentive, 0);
        assert!(after.neurons[2].stake > 0, "a miner is paid in stake on its hotkey");
        assert_eq!(after.neurons[3].stake, 0);
        assert!(after.neurons[0].dividends > after.neurons[1].dividends, "dividends follow stake");
        assert!(after.neurons[0].validator_trust > 65_000);
    });
}

#[test]
fn the_snapshot_shows_the_bonds_that_a_validator_gained_and_those_of_nobody_else() {
    on_a_chain(|| {
        create_network();
        assert_eq!(bonds(), []);
        set_weights("//Bob//hotkey", &[(2, 1)]).unwrap();
        run_epoch();
        assert_eq!(bonds(), [BondRow { uid: 0, bonds: vec![(2, u16::MAX)] }]);
    });
}

#[test]
fn a_minority_validator_cannot_pay_a_miner_that_the_majority_ignores() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 1)]).unwrap();
        set_weights("//Charlie//hotkey", &[(3, 1)]).unwrap();
        let after = run_epoch();
        assert_eq!((after.neurons[2].incentive, after.neurons[3].incentive), (u16::MAX, 0));
        assert_eq!(after.neurons[1].validator_trust, 0);
    });
}

#[test]
fn each_epoch_pays_owner_miners_and_validators_to_the_unit_of_what_was_minted() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 3), (3, 1)]).unwrap();
        set_weights("//Charlie//hotkey", &[(2, 2), (3, 1)]).unwrap();
        let before = metagraph();
        let (issued, owner) = (issuance(), balance("//Alice"));
        let kept = pallet_emission::Kept::<Runtime>::get(SUBNET);
        let after = run_epoch();
        let blocks = u64::from(after.block - before.block);
        assert_eq!(issuance(), issued + blocks * TOKEN);

        let staked = |snapshot: &primitives::Metagraph| -> u64 { snapshot.neurons.iter().map(|n| n.stake).sum() };
        let drained = before.subnet.pending_emission + blocks * TOKEN - after.subnet.pending_emission;
        assert_eq!(staked(&after) - staked(&before) + balance("//Alice") - owner, drained);
        assert_eq!(
            balance("//Alice") - owner,
            (before.subnet.pending_emission - kept + blocks * TOKEN) * 11_796 / 65_535
        );
        assert!(after.subnet.pending_emission < 100, "only dust is kept");

        let paid = events().into_iter().find_map(|event| match event {
            RuntimeEvent::Emission(pallet_emission::Event::Paid { miners, validators, .. }) => {
                Some((miners, validators))
            }
            _ => None,
        });
        let (miners, validators) = paid.expect("the epoch announces what it paid");
        assert!(miners.abs_diff(validators) < 100, "half and half but for dust");
    });
}

#[test]
fn what_an_epoch_cannot_pay_is_kept_and_the_owner_takes_no_second_cut_of_it() {
    on_a_chain(|| {
        create_subnet();
        run_epoch();
        let after_one = run_epoch();
        let kept = pallet_emission::Kept::<Runtime>::get(SUBNET);
        assert_eq!(after_one.subnet.pending_emission, kept, "nobody has a seat, so nobody is paid");
        assert!(kept > 8 * TOKEN);
        let owner = balance("//Alice");
        let after_two = run_epoch();
        let blocks = u64::from(after_two.block - after_one.block);
        assert_eq!(balance("//Alice") - owner, blocks * TOKEN * 11_796 / 65_535);
        assert_eq!(after_two.subnet.pending_emission, kept + blocks * TOKEN - (balance("//Alice") - owner));
    });
}

#[test]
fn nominators_share_the_dividends_after_the_take() {
    on_a_chain(|| {
        create_network();
        stake("//Eve", "//Bob//hotkey", 1_000 * TOKEN).unwrap();
        set_weights("//Bob//hotkey", &[(2, 1)]).unwrap();
        run_epoch();
        let of = |coldkey: &str| plexus_runtime::Stake::positions_of(&account(coldkey))[0].1 - 1_000 * TOKEN;
        let (owner, nominator) = (of("//Bob"), of("//Eve"));
        assert!(nominator > 0);
        assert!(owner > nominator, "equal stake, but the owner has the take");
    });
}

#[test]
fn an_epoch_that_cannot_be_paid_changes_nothing_and_says_so() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 1)]).unwrap();
        // A hotkey that belongs to nobody cannot be paid; no call leads there, so the state is broken by hand.
        let orphan = account("//Dave//hotkey");
        pallet_stake::Owner::<Runtime>::remove(&orphan);
        let before = pallet_yuma::LastEpoch::<Runtime>::get(SUBNET);
        run_to_block(before.unwrap() + 10);
        assert!(events().iter().any(|e| matches!(e, RuntimeEvent::Yuma(pallet_yuma::Event::EpochFailed { .. }))));
        assert_eq!(pallet_yuma::LastEpoch::<Runtime>::get(SUBNET), before);
        pallet_stake::Owner::<Runtime>::insert(&orphan, account("//Dave"));
    });
}
