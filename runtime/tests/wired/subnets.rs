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
        assert_eq!(submit("//Bob", set(Hyperparams { tempo: 0, ..base.clone() })), refusal(E::TempoTooShort));
        assert_eq!(submit("//Charlie", set(base.clone())), refusal(E::NotOwner));
    });
}

#[test]
fn a_subnet_nobody_can_afford_is_not_created() {
    on_a_chain(|| {
        let poor = "//Poor";
        let give = pallet_balances::Call::transfer_keep_alive { dest: account(poor).into(), value: 10 * TOKEN };
        submit("//Alice", give).unwrap();
        assert_eq!(create(poor, "//Poor//hotkey"), refusal(SubnetError::CannotAffordLock));
    });
}
