use crate::chain::*;
use frame_support::traits::fungible::Mutate;
use plexus_runtime::{Balances, Runtime, System};
use primitives::TOKEN;

/// The most base units that can ever exist.
const CAP: u64 = 21_000_000 * TOKEN;

#[test]
fn without_a_subnet_nothing_is_minted() {
    on_a_chain(|| {
        let issued = issuance();
        run_to_block(20);
        assert_eq!(issuance(), issued);
    });
}

#[test]
fn each_block_mints_one_token_while_less_than_half_the_cap_exists() {
    on_a_chain(|| {
        create_subnet();
        next_block();
        let issued = issuance();
        run_to_block(System::block_number() + 18);
        assert_eq!(issuance(), issued + 18 * TOKEN);
    });
}

/// Leaps over stretches of equal emission by minting them to somebody.
#[test]
fn issuance_halves_on_its_way_to_the_cap_and_stops_there() {
    on_a_chain(|| {
        create_subnet();
        next_block();
        let mint_until = |issued: u64| {
            let leap = issued.checked_sub(issuance()).expect("the way goes up");
            Balances::mint_into(&account("//Ferdie"), leap).expect("it fits");
        };
        let minted_by_a_block = || {
            let issued = issuance();
            next_block();
            check_invariants();
            issuance() - issued
        };
        for halving in 0..12 {
            let (emission, next_halving) = (TOKEN >> halving, CAP - (CAP >> (halving + 1)));
            mint_until(next_halving - emission);
            assert_eq!(minted_by_a_block(), emission, "the last block before halving {halving}");
            assert_eq!(minted_by_a_block(), emission / 2, "the first one after it");
        }
        mint_until(CAP - 3);
        assert_eq!([minted_by_a_block(), minted_by_a_block()], [0, 0], "less than one unit a block is left");
    });
}

/// Many epochs with changing weights, stakes and seats: the invariants hold after every block.
#[test]
fn a_busy_economy_keeps_every_invariant() {
    on_a_chain(|| {
        create_network();
        for round in 0u16..40 {
            let row = [(2, 1 + round % 7), (3, 1 + round % 3)];
            // A setting may come too soon; what matters here is that nothing breaks.
            let _ = set_weights("//Bob//hotkey", &row);
            let _ = set_weights("//Charlie//hotkey", &[(3, 1)]);
            let _ = stake("//Eve", "//Charlie//hotkey", u64::from(round + 1) * 1_234_567);
            let _ = register("//Ferdie", &format!("//Ferdie//{round}"));
            next_block();
            check_invariants();
        }
        assert!(pallet_neurons::Count::<Runtime>::get(SUBNET) > 30);
    });
}

#[test]
fn block_time_comes_from_genesis() {
    on_a_chain(|| {
        create_subnet();
        assert_eq!(metagraph().block_time, 1_000);
    });
}
