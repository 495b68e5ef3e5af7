use crate::chain::*;
use pallet_weights::Error;
use plexus_runtime::Runtime;
use primitives::{Hyperparams, TOKEN};

type WeightsError = Error<Runtime>;

/// Bob and Charlie have funds on their hotkeys here, so that a refusal reaches the call instead of ending at the fee.
fn create_funded_network() {
    create_network();
    for hotkey in ["//Bob//hotkey", "//Dave//hotkey", "//Stranger"] {
        give(hotkey, 10 * TOKEN);
    }
}

fn set(hotkey: &str, uids: &[u16], values: &[u16], version: u64) -> Result<(), Refused> {
    let (uids, values) = (uids.to_vec(), values.to_vec());
    submit(hotkey, pallet_weights::Call::set_weights { netuid: SUBNET, uids, values, version })
}

#[test]
fn a_permitted_validator_sets_weights_for_free_and_they_are_stored_upscaled() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 10), (3, 5)]).unwrap();
        let rows = plexus_runtime::Weights::set_rows(SUBNET);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].uid, &rows[0].weights[..]), (0, &[(2, 65_535), (3, 32_768)][..]));
        assert_eq!(balance("//Bob//hotkey"), 0);
    });
}

#[test]
fn weights_should_be_rejected_when_the_sender_has_no_permit() {
    on_a_chain(|| {
        create_funded_network();
        assert_eq!(set("//Dave//hotkey", &[3], &[1], 0), refusal(WeightsError::NoPermit));
        set("//Dave//hotkey", &[2], &[1], 0).expect("for itself alone it needs none");
        assert_eq!(set("//Stranger", &[2], &[1], 0), refusal(WeightsError::NotRegistered));
    });
}

#[test]
fn malformed_rows_are_rejected_by_name() {
    on_a_chain(|| {
        create_funded_network();
        let bob = "//Bob//hotkey";
        assert_eq!(set(bob, &[2, 3], &[1], 0), refusal(WeightsError::LengthMismatch));
        assert_eq!(set(bob, &[2, 2], &[1, 1], 0), refusal(WeightsError::DuplicateUid));
        assert_eq!(set(bob, &[2, 9], &[1, 1], 0), refusal(WeightsError::UnknownUid));
        assert_eq!(set(bob, &[2, 3], &[0, 0], 0), refusal(WeightsError::AllZero));
        assert_eq!(set(bob, &[], &[], 0), refusal(WeightsError::AllZero));
    });
}

#[test]
fn a_row_keeps_the_subnets_limits() {
    on_a_chain(|| {
        create_funded_network();
        set_params(Hyperparams {
            min_allowed_weights: 2,
            max_weights_limit: 40_000,
            weights_version: 7,
            stake_threshold: 900 * TOKEN,
            ..params()
        });
        let bob = "//Bob//hotkey";
        assert_eq!(set(bob, &[2, 3], &[1, 1], 6), refusal(WeightsError::OutdatedVersion));
        assert_eq!(set(bob, &[2], &[1], 7), refusal(WeightsError::TooFewWeights));
        assert_eq!(set(bob, &[2, 3], &[2, 1], 7), refusal(WeightsError::WeightTooLarge));
        assert_eq!(set("//Dave//hotkey", &[2], &[1], 7), refusal(WeightsError::NotEnoughStake));
        set(bob, &[2, 3], &[1, 1], 7).unwrap();
    });
}

#[test]
fn weights_are_rate_limited_and_a_refused_setting_is_not_free() {
    on_a_chain(|| {
        create_funded_network();
        set_weights("//Bob//hotkey", &[(2, 1)]).unwrap();
        let before = balance("//Bob//hotkey");
        assert_eq!(set_weights("//Bob//hotkey", &[(3, 1)]), refusal(WeightsError::SetTooSoon));
        assert!(balance("//Bob//hotkey") < before);
        set_weights("//Charlie//hotkey", &[(2, 1)]).unwrap();
        let broke = set_weights("//Charlie//hotkey", &[(3, 1)]);
        assert_eq!(broke, unpaid());
        run_to_block(metagraph().block + 6);
        set_weights("//Charlie//hotkey", &[(3, 1)]).unwrap();
    });
}

#[test]
fn garbage_does_not_decode_as_an_extrinsic() {
    use codec::{Decode, Encode};
    on_a_chain(|| {
        create_network();
        let whole =
            sign("//Bob//hotkey", Default::default(), frame_system::Call::remark { remark: vec![1; 64] }.into())
                .encode();
        for cut in 0..whole.len() {
            assert!(plexus_runtime::UncheckedExtrinsic::decode(&mut &whole[..cut]).is_err());
        }
    });
}
