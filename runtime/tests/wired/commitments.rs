use crate::chain::*;
use pallet_commitments::Error;
use plexus_runtime::{Commitments, Runtime, System};
use primitives::{Hyperparams, NetUid};

type CommitmentError = Error<Runtime>;

fn publish(hotkey: &str, data: &[u8]) -> Result<(), Refused> {
    submit(hotkey, pallet_commitments::Call::publish { netuid: SUBNET, data: data.to_vec() })
}

fn published() -> Vec<(u16, Vec<u8>)> {
    Commitments::of(SUBNET).into_iter().map(|commitment| (commitment.uid, commitment.data)).collect()
}

#[test]
fn a_seat_publishes_for_free_and_at_the_pace_of_its_axon() {
    on_a_chain(|| {
        create_network();
        assert_eq!(balance("//Dave//hotkey"), 0);
        publish("//Dave//hotkey", b"model: 0xabc").unwrap();
        assert_eq!(published(), [(2, b"model: 0xabc".to_vec())]);
        assert!(matches!(publish("//Dave//hotkey", b"again"), Err(Refused::ByThePool(_))), "too soon, so not for free");
        run_to_block(System::block_number() + params().serving_rate_limit);
        publish("//Dave//hotkey", b"").unwrap();
        assert_eq!(published(), [], "nothing takes it back");
    });
}

#[test]
fn what_is_too_long_too_soon_or_from_a_stranger_is_refused_by_name() {
    on_a_chain(|| {
        create_network();
        // A coldkey has what the fee of a refused call costs.
        register("//Ferdie", "//Ferdie").unwrap();
        publish("//Ferdie", &[7; 512]).unwrap();
        assert_eq!(publish("//Ferdie", &[7; 512]), refusal(CommitmentError::PublishedTooSoon));
        assert_eq!(publish("//Ferdie", &[7; 513]), refusal(CommitmentError::TooLong));
        assert_eq!(publish("//Eve", b"x"), refusal(CommitmentError::NotRegistered));
        let elsewhere = pallet_commitments::Call::publish { netuid: NetUid(9), data: Vec::new() };
        assert_eq!(submit("//Ferdie", elsewhere), refusal(CommitmentError::NotRegistered));
    });
}

#[test]
fn a_newcomer_inherits_no_commitment() {
    on_a_chain(|| {
        create_network();
        publish("//Dave//hotkey", b"Dave's").unwrap();
        publish("//Eve//hotkey", b"Eve's").unwrap();
        set_params(Hyperparams { max_uids: 4, max_validators: 4, immunity_period: 0, ..params() });
        register("//Ferdie", "//Ferdie//hotkey").unwrap();
        let left = published();
        assert_eq!(left.len(), 1, "{left:?}");
        let seats = metagraph().neurons;
        assert_ne!(seats[usize::from(left[0].0)].hotkey, account("//Ferdie//hotkey"));
    });
}
