use crate::chain::*;
use frame_support::traits::fungible::InspectHold;
use pallet_subnets::Error;
use plexus_runtime::{Balances, Runtime, RuntimeHoldReason};
use primitives::{Hyperparams, NetUid, TOKEN};

type SubnetError = Error<Runtime>;

fn create(uri: &str, hotkey: &str) -> Result<(), Refused> {
    submit(uri, pallet_subnets::Call::create { owner_hotkey: account(hotkey) })
}

fn locked(uri: &str) -> u64 {
    let reason = RuntimeHoldReason::Subnets(pallet_subnets::HoldReason::SubnetLock);
    Balances::balance_on_hold(&reason, &account(uri))
}

#[test]
fn a_subnet_locks_its_price_and_dissolving_it_returns_all() {
    on_a_chain(|| {
        create("//Alice", "//Alice//hotkey").unwrap();
        assert_eq!(locked("//Alice"), 1_000 * TOKEN);
        assert_eq!(metagraph().subnet.owner, account("//Alice"));

        let before = balance("//Alice");
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert_eq!(locked("//Alice"), 0);
        assert!(balance("//Alice") > before + 999 * TOKEN);
        assert!(plexus_runtime::metagraph_of(SUBNET).is_none());
    });
}

#[test]
fn a_second_subnet_costs_twice_as_much_and_gets_the_next_netuid() {
    on_a_chain(|| {
        create("//Alice", "//Alice//hotkey").unwrap();
        create("//Bob", "//Bob//hotkey").unwrap();
        assert_eq!(locked("//Bob"), 2_000 * TOKEN);
        assert_eq!(plexus_runtime::metagraph_of(NetUid(2)).unwrap().subnet.owner, account("//Bob"));
    });
}

#[test]
fn only_the_owner_or_root_dissolves_a_subnet() {
    on_a_chain(|| {
        create("//Bob", "//Bob//hotkey").unwrap();
        let dissolve = || pallet_subnets::Call::<Runtime>::dissolve { netuid: SUBNET };
        assert_eq!(submit("//Charlie", dissolve()), refusal(SubnetError::NotOwner));
        let sudo = pallet_sudo::Call::sudo { call: Box::new(dissolve().into()) };
        next_block();
        submit("//Alice", sudo).unwrap();
        next_block();
        assert_eq!(submit("//Bob", dissolve()), refusal(SubnetError::NoSuchSubnet));
    });
}

#[test]
fn dissolving_a_running_subnet_leaves_no_trace_and_its_emission_goes_to_the_others() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 1), (3, 1)]).unwrap();
        run_epoch();
        create("//Eve", "//Eve//other").unwrap();
        set_root_weights(ROOT, &[(SUBNET, 1), (NetUid(2), 1)]).unwrap();
        next_block();
        let pending = pallet_emission::Pending::<Runtime>::get(SUBNET);
        assert!(pending > 0);
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        check_invariants();

        assert_eq!(pallet_neurons::Seats::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_neurons::Uids::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_weights::Rows::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_yuma::Bonds::<Runtime>::iter().count(), 0);
        assert_eq!(pallet_yuma::LastScores::<Runtime>::iter().count(), 0);
        assert!(pallet_hyperparams::Parameters::<Runtime>::get(SUBNET).is_none());
        let other = pallet_emission::Pending::<Runtime>::get(NetUid(2));
        next_block();
        assert_eq!(pallet_emission::Pending::<Runtime>::get(NetUid(2)), other + pending + TOKEN);
    });
}

#[test]
fn an_owner_sets_parameters_but_not_those_of_the_network() {
    on_a_chain(|| {
        create("//Bob", "//Bob//hotkey").unwrap();
        let set = |params| pallet_hyperparams::Call::<Runtime>::set { netuid: SUBNET, params };
        let base = params();
        submit("//Bob", set(Hyperparams { tempo: 20, ..base.clone() })).unwrap();
        assert_eq!(params().tempo, 20);

        type E = pallet_hyperparams::Error<Runtime>;
        assert_eq!(submit("//Bob", set(Hyperparams { max_uids: 512, ..base.clone() })), refusal(E::RootOnly));
        assert_eq!(submit("//Bob", set(Hyperparams { tempo: 0, ..base.clone() })), refusal(E::TempoOutOfRange));
        assert_eq!(submit("//Charlie", set(base.clone())), refusal(E::NotOwner));
    });
}

/// Rules of a network that has at most two subnets.
fn allow_two() {
    pallet_subnets::Rules::<Runtime>::mutate(|rules| {
        rules.max_subnets = 2;
        rules.immunity = 30;
    });
}

fn netuids() -> Vec<u16> {
    pallet_subnets::NetUids::<Runtime>::get().into_iter().map(|netuid| netuid.0).collect()
}

fn owner(netuid: u16) -> primitives::AccountId {
    plexus_runtime::metagraph_of(NetUid(netuid)).expect("it exists").subnet.owner
}

#[test]
fn at_the_limit_the_subnet_that_earned_least_of_late_makes_room_and_gets_its_lock_back() {
    on_a_chain(|| {
        allow_two();
        create("//Alice", "//Alice//hotkey").unwrap();
        found_root(&[(NetUid(1), 1)]);
        run_to_block(12);
        create("//Bob", "//Bob//hotkey").unwrap();
        set_root_weights(ROOT, &[(NetUid(1), 1), (NetUid(2), 1)]).unwrap();
        run_to_block(45);
        register_in(NetUid(2), "//Dave");
        // The younger one has shared the emission for fewer blocks.
        let owned = balance("//Bob") + locked("//Bob");
        create("//Charlie", "//Charlie//hotkey").unwrap();
        assert_eq!((owner(1), owner(2)), (account("//Alice"), account("//Charlie")));
        assert_eq!((locked("//Bob"), balance("//Bob")), (0, owned));
        assert!(locked("//Charlie") > 0);
        let fresh = plexus_runtime::metagraph_of(NetUid(2)).unwrap();
        assert_eq!((fresh.neurons.len(), fresh.subnet.pending_emission), (0, 0));
        assert_eq!(netuids(), [1, 2]);
    });
}

fn register_in(netuid: NetUid, uri: &str) {
    let hotkey = account(&format!("{uri}//hotkey"));
    submit(uri, pallet_neurons::Call::register { netuid, hotkey, max_burn: TOKEN }).unwrap();
}

#[test]
fn a_subnet_is_not_replaced_while_it_is_immune_however_little_it_earns() {
    on_a_chain(|| {
        allow_two();
        create("//Alice", "//Alice//hotkey").unwrap();
        run_to_block(20);
        create("//Bob", "//Bob//hotkey").unwrap();
        run_to_block(30);
        assert_eq!(create("//Charlie", "//Charlie//hotkey"), refusal(SubnetError::TooManySubnets));
        next_block();
        create("//Charlie", "//Charlie//hotkey").unwrap();
        assert_eq!((owner(1), owner(2)), (account("//Charlie"), account("//Bob")), "Bob's earns less but is immune");
    });
}

#[test]
fn of_subnets_that_earn_the_same_the_oldest_makes_room() {
    on_a_chain(|| {
        allow_two();
        pallet_subnets::Rules::<Runtime>::mutate(|rules| rules.start_delay = 1_000);
        create("//Alice", "//Alice//hotkey").unwrap();
        next_block();
        create("//Bob", "//Bob//hotkey").unwrap();
        run_to_block(50);
        create("//Charlie", "//Charlie//hotkey").unwrap();
        assert_eq!((owner(1), owner(2)), (account("//Charlie"), account("//Bob")));
    });
}

#[test]
fn a_creation_that_fails_leaves_the_subnet_that_would_have_made_room() {
    on_a_chain(|| {
        allow_two();
        create("//Alice", "//Alice//hotkey").unwrap();
        create("//Bob", "//Bob//hotkey").unwrap();
        run_to_block(50);
        give("//Poor", 10 * TOKEN);
        assert_eq!(create("//Poor", "//Poor//hotkey"), refusal(SubnetError::CannotAffordLock));
        assert_eq!((owner(1), owner(2)), (account("//Alice"), account("//Bob")));
    });
}

#[test]
fn creations_keep_their_distance() {
    on_a_chain(|| {
        pallet_subnets::Rules::<Runtime>::mutate(|rules| rules.interval = 10);
        create("//Alice", "//Alice//hotkey").unwrap();
        assert_eq!(create("//Bob", "//Bob//hotkey"), refusal(SubnetError::CreatedTooSoon));
        run_to_block(11);
        create("//Bob", "//Bob//hotkey").unwrap();
    });
}

#[test]
fn a_subnet_earns_nothing_before_its_start_and_others_share_meanwhile() {
    on_a_chain(|| {
        pallet_subnets::Rules::<Runtime>::mutate(|rules| rules.start_delay = 15);
        create("//Alice", "//Alice//hotkey").unwrap();
        assert_eq!(metagraph().subnet.starts_at, 16);
        found_root(&[(NetUid(1), 1)]);
        let (issued, pending) = (issuance(), |netuid| pallet_emission::Pending::<Runtime>::get(NetUid(netuid)));
        run_to_block(15);
        assert_eq!((issuance(), pending(1)), (issued, 0), "before the start nothing is minted for it");
        create("//Bob", "//Bob//hotkey").unwrap();
        set_root_weights(ROOT, &[(NetUid(1), 1), (NetUid(2), 1)]).unwrap();
        run_to_block(29);
        assert_eq!((pending(1), pending(2)), (14 * TOKEN, 0), "the one that has started gets all");
        next_block();
        assert_eq!((pending(1), pending(2)), (14 * TOKEN + TOKEN / 2, TOKEN / 2));
    });
}

#[test]
fn validators_have_their_permits_when_a_subnet_starts() {
    on_a_chain(|| {
        pallet_subnets::Rules::<Runtime>::mutate(|rules| rules.start_delay = 25);
        create_network();
        set_weights("//Bob//hotkey", &[(2, 1), (3, 1)]).unwrap();
        let before = run_epoch();
        assert_eq!((before.block < before.subnet.starts_at, before.neurons[0].validator_permit), (true, true));
        assert_eq!(before.neurons.iter().map(|neuron| neuron.emission).sum::<u64>(), 0);
        run_to_block(before.subnet.starts_at);
        assert!(run_epoch().neurons[2].emission > 0);
    });
}

#[test]
fn the_public_rules_are_those_of_the_documents() {
    let rules = pallet_subnets::CreationRules::default();
    assert_eq!((rules.min_lock, rules.lock_decay, rules.interval), (1_000 * TOKEN, 100_800, 7_200));
    assert_eq!((rules.immunity, rules.start_delay, rules.max_subnets), (50_400, 7_200, 64));
}

#[test]
fn a_subnet_nobody_can_afford_is_not_created() {
    on_a_chain(|| {
        let poor = "//Poor";
        give(poor, 10 * TOKEN);
        assert_eq!(create(poor, "//Poor//hotkey"), refusal(SubnetError::CannotAffordLock));
    });
}
