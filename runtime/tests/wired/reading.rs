//! What people read from the chain, against what the chain then does.

use crate::{chain::*, reads::listen};
use pallet_neurons::Event as NeuronEvent;
use plexus_runtime::{columns_of, epoch_of, stakes_of, Neurons, Runtime, RuntimeEvent, Subnets, System};
use primitives::{
    CreationObstacle, Hyperparams, MetagraphColumns, MetagraphField as Field, NetUid, NeuronInfo, RegistrationObstacle,
    TOKEN,
};
use sp_core::{hexdisplay::HexDisplay, twox_128};

fn columns(fields: &[Field]) -> MetagraphColumns {
    columns_of(SUBNET, fields).expect("the subnet exists")
}

/// Whether a storage item is among the keys that were read.
fn touches(reads: &[String], pallet: &str, item: &str) -> bool {
    let prefix = [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat();
    let prefix = HexDisplay::from(&prefix).to_string();
    reads.iter().any(|key| key.contains(&prefix))
}

#[test]
fn selected_columns_are_those_of_the_metagraph() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 1), (3, 1)]).unwrap();
        let whole = run_epoch();
        let all = columns(&Field::ALL);
        assert_eq!((all.block, usize::from(all.neurons)), (whole.block, whole.neurons.len()));
        let of = |uid: usize| {
            Some(NeuronInfo {
                uid: all.uid.as_ref()?[uid],
                hotkey: all.hotkey.as_ref()?[uid].clone(),
                coldkey: all.coldkey.as_ref()?[uid].clone(),
                stake: all.stake.as_ref()?[uid],
                active: all.active.as_ref()?[uid],
                validator_permit: all.validator_permit.as_ref()?[uid],
                rank: all.rank.as_ref()?[uid],
                trust: all.trust.as_ref()?[uid],
                consensus: all.consensus.as_ref()?[uid],
                incentive: all.incentive.as_ref()?[uid],
                dividends: all.dividends.as_ref()?[uid],
                validator_trust: all.validator_trust.as_ref()?[uid],
                emission: all.emission.as_ref()?[uid],
                last_update: all.last_update.as_ref()?[uid],
                registered_at: all.registered_at.as_ref()?[uid],
                axon: all.axon.as_ref()?[uid],
                prometheus: all.prometheus.as_ref()?[uid],
            })
        };
        let rebuilt: Option<Vec<_>> = (0..whole.neurons.len()).map(of).collect();
        assert_eq!(rebuilt, Some(whole.neurons));
        assert_eq!(columns_of(NetUid(9), &Field::ALL), None);
    });
}

#[test]
fn what_is_not_selected_is_neither_answered_nor_read() {
    on_a_chain(|| {
        create_network();
        let (some, accesses) = listen(|| columns(&[Field::Uid, Field::Incentive, Field::Incentive]));
        assert_eq!((some.uid, some.incentive), (Some(vec![0, 1, 2, 3]), Some(vec![0; 4])));
        assert_eq!((some.hotkey, some.stake, some.last_update), (None, None, None));
        assert!(touches(&accesses.reads, "Yuma", "LastScores"));
        for (pallet, item) in [("Neurons", "Seats"), ("Stake", "Pools"), ("Weights", "Rows"), ("Childkeys", "Ties")] {
            assert!(!touches(&accesses.reads, pallet, item), "{pallet}.{item} was read for nothing");
        }
        let (_, accesses) = listen(|| columns(&[Field::Hotkey, Field::Axon]));
        assert!(touches(&accesses.reads, "Neurons", "Seats"));
        assert!(!touches(&accesses.reads, "Yuma", "LastScores"));
    });
}

/// The seat and the price of the registration in this block.
fn registered() -> Option<(u16, u64, bool)> {
    events().into_iter().find_map(|event| match event {
        RuntimeEvent::Neurons(NeuronEvent::Registered { uid, burned, replaced, .. }) => {
            Some((uid, burned, replaced.is_some()))
        }
        _ => None,
    })
}

#[test]
fn whatever_a_quote_says_of_the_next_block_is_what_that_block_charges() {
    on_a_chain(|| {
        create_subnet();
        let paced = Hyperparams { target_registrations_per_interval: 2, adjustment_interval: 9, ..params() };
        set_params(Hyperparams { max_uids: 8, max_validators: 8, immunity_period: 6, burn_half_life: 20, ..paced });
        let (mut taken, mut refused, mut replaced) = (0, 0, 0);
        for newcomer in 0..60 {
            let quote = Neurons::quote(SUBNET).expect("the subnet exists");
            next_block();
            assert_eq!(System::block_number(), quote.block + 1);
            let hotkey = account(&format!("//Bob//{newcomer}"));
            let outcome =
                submit("//Bob", pallet_neurons::Call::register { netuid: SUBNET, hotkey, max_burn: quote.burn });
            assert_eq!(outcome.is_ok(), quote.obstacle.is_none(), "{quote:?}: {outcome:?}");
            match registered() {
                Some((uid, burned, took)) => {
                    assert_eq!((burned, took.then_some(uid)), (quote.burn, quote.replaces), "{quote:?}");
                    (taken, replaced) = (taken + 1, replaced + u32::from(took));
                }
                None => refused += 1,
            }
        }
        assert!(taken > 20 && refused > 10 && replaced > 10, "{taken} taken, {refused} refused, {replaced} replaced");
    });
}

#[test]
fn the_price_in_the_next_block_is_bounded_by_the_quote() {
    on_a_chain(|| {
        create_subnet();
        set_params(Hyperparams { max_registrations_per_block: 3, ..params() });
        let quote = Neurons::quote(SUBNET).unwrap();
        assert_eq!((quote.room_in_block, quote.room_in_interval, quote.interval_ends), (3, 3 * 256, None));
        next_block();
        let buy = |uri: &str, max_burn| {
            submit("//Bob", pallet_neurons::Call::register { netuid: SUBNET, hotkey: account(uri), max_burn })
        };
        buy("//Bob//1", quote.burn).unwrap();
        buy("//Bob//2", quote.burn_at_most).unwrap();
        assert!(buy("//Bob//3", quote.burn_at_most - 1).is_err(), "the bound is not too high");
        buy("//Bob//3", quote.burn_at_most).unwrap();
        assert!(quote.burn_at_most > quote.burn);
    });
}

#[test]
fn a_full_interval_is_quoted_with_the_block_in_which_registration_is_possible_again() {
    on_a_chain(|| {
        create_subnet();
        let paced = Hyperparams { target_registrations_per_interval: 1, adjustment_interval: 12, ..params() };
        set_params(paced);
        for n in 0..3 {
            register("//Bob", &format!("//Bob//{n}")).unwrap();
        }
        let quote = Neurons::quote(SUBNET).unwrap();
        let Some(RegistrationObstacle::IntervalFull { until }) = quote.obstacle else { panic!("{quote:?}") };
        assert_eq!(quote.interval_ends, Some(until));
        run_to_block(until - 1);
        assert!(register("//Bob", "//Bob//early").is_err());
        assert_eq!(Neurons::quote(SUBNET).unwrap().obstacle, None, "the next block admits again");
        next_block();
        register("//Bob", "//Bob//late").unwrap();
    });
}

#[test]
fn a_closed_subnet_and_one_full_of_its_owner_are_quoted_as_such() {
    on_a_chain(|| {
        create_subnet();
        set_params(Hyperparams { max_uids: 1, max_validators: 1, ..params() });
        register("//Alice", "//Alice//hotkey").unwrap();
        assert_eq!(Neurons::quote(SUBNET).unwrap().obstacle, Some(RegistrationObstacle::NoReplaceableSeat));
        set_params(Hyperparams { registration_allowed: false, pow_allowed: false, ..params() });
        let quote = Neurons::quote(SUBNET).unwrap();
        assert_eq!((quote.obstacle, quote.difficulty), (Some(RegistrationObstacle::Closed), None));
        assert_eq!(Neurons::quote(NetUid(9)), None);
    });
}

fn create(uri: &str) -> Result<(), Refused> {
    submit(uri, pallet_subnets::Call::create { owner_hotkey: account(&format!("{uri}//hotkey")) })
}

#[test]
fn a_creation_costs_what_was_quoted_and_waits_as_long_as_was_quoted() {
    on_a_chain(|| {
        pallet_subnets::Rules::<Runtime>::mutate(|rules| (rules.interval, rules.lock_decay) = (10, 100));
        assert_eq!(Subnets::quote().lock, Some(1_000 * TOKEN));
        create("//Alice").unwrap();
        let Some(CreationObstacle::TooSoon { until }) = Subnets::quote().obstacle else { panic!("at once") };
        run_to_block(until - 1);
        assert!(create("//Bob").is_err());
        let quote = Subnets::quote();
        assert_eq!((quote.obstacle, quote.replaces), (None, None));
        next_block();
        create("//Bob").unwrap();
        let created = plexus_runtime::metagraph_of(NetUid(2)).unwrap().subnet;
        assert_eq!(Some(created.locked), quote.lock);
        let quote = Subnets::quote();
        run_to_block(quote.lowest_from - 1);
        let cheapest = Subnets::quote();
        assert_eq!((cheapest.lock, cheapest.lowest_from), (Some(quote.lowest_lock), quote.lowest_from));
    });
}

#[test]
fn at_the_limit_of_subnets_the_quote_names_the_one_that_makes_room_or_when_one_can() {
    on_a_chain(|| {
        pallet_subnets::Rules::<Runtime>::mutate(|rules| (rules.max_subnets, rules.immunity) = (1, 20));
        create("//Alice").unwrap();
        let quote = Subnets::quote();
        let Some(CreationObstacle::AllImmune { until: Some(until) }) = quote.obstacle else { panic!("{quote:?}") };
        run_to_block(until - 1);
        assert!(create("//Bob").is_err());
        let quote = Subnets::quote();
        assert_eq!((quote.obstacle, quote.replaces), (None, Some(SUBNET)));
        next_block();
        create("//Bob").unwrap();
        assert_eq!(metagraph().subnet.owner, account("//Bob"));
        pallet_subnets::Rules::<Runtime>::mutate(|rules| rules.max_subnets = 0);
        submit("//Bob", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert_eq!(Subnets::quote().obstacle, Some(CreationObstacle::AllImmune { until: None }));
    });
}

#[test]
fn the_next_epoch_runs_in_the_block_that_was_announced() {
    on_a_chain(|| {
        create_subnet();
        let first = epoch_of(SUBNET).unwrap();
        assert_eq!((first.last, first.blocks_since, first.tempo, first.block_time), (None, None, 9, 1_000));
        run_to_block(first.next - 1);
        assert_eq!(epoch_of(SUBNET).map(|epoch| (epoch.last, epoch.blocks_left)), Some((None, 1)));
        next_block();
        let second = epoch_of(SUBNET).unwrap();
        assert_eq!((second.last, second.blocks_since), (Some(first.next), Some(0)));
        assert_eq!((second.next, second.blocks_left), (first.next + 10, 10));
        assert_eq!(metagraph().next_epoch, second.next);
        assert_eq!(epoch_of(NetUid(9)), None);
    });
}

#[test]
fn a_coldkeys_stake_tells_what_waits_until_when_and_what_its_hotkeys_earn_where() {
    on_a_chain_with(serde_json::json!({ "stake": { "roundLength": 10 } }), || {
        create_subnet();
        register("//Bob", "//Bob//hotkey").unwrap();
        stake("//Bob", "//Bob//hotkey", 5 * TOKEN).unwrap();
        let [position] = &stakes_of(&account("//Bob"))[..] else { panic!("one hotkey") };
        assert_eq!((position.amount, position.waiting), (5 * TOKEN, 5 * TOKEN));
        assert_eq!(position.take, plexus_runtime::Stake::take(&account("//Bob//hotkey")));
        let from = position.counts_from.expect("it waits");
        run_to_block(from - 1);
        assert_eq!(metagraph().neurons[0].stake, 0);
        next_block();
        assert_eq!(metagraph().neurons[0].stake, 5 * TOKEN);
        let ripe = stakes_of(&account("//Bob")).remove(0);
        assert_eq!((ripe.amount, ripe.waiting, ripe.counts_from), (5 * TOKEN, 0, None));

        let after = run_epoch();
        let seat = stakes_of(&account("//Bob")).remove(0).seats.remove(0);
        let neuron = &after.neurons[0];
        assert_eq!((seat.netuid, seat.uid, seat.every), (SUBNET, 0, 10));
        assert_eq!((seat.dividends, seat.emission), (neuron.dividends, neuron.emission));
        assert_eq!(stakes_of(&account("//Eve")), []);
    });
}
