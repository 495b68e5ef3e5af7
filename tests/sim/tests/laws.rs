//! What must hold in any simulated economy.

use sim::economy::{Variant, GENESIS_STAKE};
use sim::experiments::{copier, economy};
use sim::network::{Network, Seat};
use sim::random::Random;
use sim::strategies::{Cabal, Copier, DownVoter, Evaluator, Lazy, Redrawn, SelfVoter, Steady};

fn honest(stake: f64, error: f64, stream: u64) -> Seat {
    Seat::validator(stake, Evaluator::new(error, Random::new(7, stream)))
}

fn redrawn(chance: f64, stream: u64) -> Seat {
    Seat::miner(Redrawn::new(chance, Random::new(7, 100 + stream)))
}

fn played(variant: Variant, seats: Vec<Seat>, epochs: usize) -> Network {
    let mut network = Network::new(variant.params(), 0, seats);
    network.play(epochs).expect("the network is a valid input");
    network
}

/// Five honest validators, the one in question, then miners that change.
fn pay_per_stake_beside_honest(variant: Variant, other: Seat, drift: f64) -> f64 {
    let honest = (0..5).map(|uid| honest(1.0, 0.05, uid));
    let seats = honest.chain([other]).chain((0..10).map(|uid| redrawn(drift, uid))).collect();
    let network = played(variant, seats, 100);
    network.earned[5].per_stake() / network.earned[0].per_stake()
}

#[test]
fn every_minted_unit_becomes_stake_or_the_owners_or_stays_pending() {
    for variant in Variant::ALL {
        let network = economy::play_once(variant, 3).expect("the roster is a valid input");
        let books = &network.economy;
        let stake: u64 = books.stake.iter().sum();
        let earned: u64 = network.earned.iter().map(|earned| earned.mining + earned.validating).sum();
        assert_eq!(books.issued, stake + books.owner + books.pending);
        // Splitting the genesis stake rounds down by less than one unit per seat.
        let genesis = stake - earned;
        assert!((GENESIS_STAKE - books.stake.len() as u64..=GENESIS_STAKE).contains(&genesis), "{genesis}");
        assert!(books.owner > 0 && earned > 0);
        assert!(books.pending < 1_000_000, "only dust of the last epoch stays: {}", books.pending);
    }
}

#[test]
fn the_owner_gets_18_per_cent_and_miners_and_validators_half_of_the_rest_each() {
    let network = played(Variant::Classic, vec![honest(1.0, 0.0, 0), Seat::miner(Steady(1.0))], 50);
    let minted = (network.economy.issued - GENESIS_STAKE) as f64;
    assert!((network.economy.owner as f64 / minted - 0.18).abs() < 1e-4);
    assert!((network.earned[0].validating as f64 / minted - 0.41).abs() < 1e-4);
    assert!((network.earned[1].mining as f64 / minted - 0.41).abs() < 1e-4);
}

#[test]
fn honest_validators_earn_the_same_per_stake_whatever_their_size() {
    for variant in Variant::ALL {
        let validators = [1.0, 2.0, 5.0, 12.0].map(|stake| honest(stake, 0.0, 0));
        let seats = validators.into_iter().chain((0..10).map(|uid| redrawn(0.05, uid))).collect();
        let network = played(variant, seats, 100);
        let [first, rest @ ..] = &network.earned[..4] else { unreachable!("there are four validators") };
        for other in rest {
            assert!((other.per_stake() / first.per_stake() - 1.0).abs() < 0.001, "{variant:?}: {:?}", network.earned);
        }
    }
}

#[test]
fn a_copier_of_current_weights_earns_at_least_what_honest_work_earns() {
    for variant in Variant::ALL {
        for drift in [0.0, 0.05] {
            let pay = copier::relative_pay(variant, 0, drift).expect("the network is a valid input");
            assert!(pay > 1.0, "{variant:?}, drift {drift}: {pay}");
        }
    }
}

#[test]
fn a_copier_of_old_weights_earns_less_the_older_they_are_if_miners_change() {
    for variant in Variant::ALL {
        let pay = [0, 1, 4, 8].map(|interval| copier::relative_pay(variant, interval, 0.05).expect("a valid input"));
        assert!(pay.is_sorted_by(|shorter, longer| shorter > longer), "{variant:?}: {pay:?}");
        assert!(pay[2] < 0.97, "{variant:?}: {pay:?}");
    }
}

#[test]
fn without_commit_reveal_a_copier_sends_what_the_majority_thinks_now() {
    let seats = vec![honest(2.0, 0.0, 0), Seat::validator(1.0, Copier), redrawn(1.0, 0), redrawn(1.0, 1)];
    let mut network = Network::new(Variant::Classic.params(), 0, seats);
    for _ in 0..10 {
        let outcome = network.step().expect("the network is a valid input");
        assert!(outcome.validator_trust[1] > 65_500, "{:?}", outcome.validator_trust);
    }
}

#[test]
fn weights_count_one_interval_after_their_commit() {
    let seats = vec![honest(1.0, 0.0, 0), Seat::miner(Steady(1.0))];
    let mut network = Network::new(Variant::Classic.params(), 3, seats);
    let mut consensus = || network.step().expect("the network is a valid input").consensus[1];
    assert_eq!([(); 4].map(|()| consensus()), [0, 0, 0, u16::MAX]);
}

#[test]
fn a_lazy_validator_earns_less_only_if_miners_change() {
    let lazy = || Seat::validator(1.0, Lazy::new(Evaluator::new(0.05, Random::new(7, 9))));
    for variant in Variant::ALL {
        let (changing, steady) =
            (pay_per_stake_beside_honest(variant, lazy(), 0.05), pay_per_stake_beside_honest(variant, lazy(), 0.0));
        assert!(changing < 0.95, "{variant:?}: {changing}");
        assert!(steady > 0.97, "{variant:?}: {steady}");
    }
}

#[test]
fn who_measures_worse_earns_less() {
    for variant in Variant::ALL {
        let pay = [0.05, 0.3, 0.8].map(|error| pay_per_stake_beside_honest(variant, honest(1.0, error, 9), 0.02));
        assert!(pay.is_sorted_by(|better, worse| better > worse), "{variant:?}: {pay:?}");
    }
}

#[test]
fn a_vote_for_oneself_is_void() {
    let network = |voter: Seat| {
        let voter = Seat { miner: Some(Box::new(Steady(0.0))), ..voter };
        played(Variant::Yuma3, vec![honest(9.0, 0.0, 0), voter, Seat::miner(Steady(1.0))], 50)
    };
    let selfish = network(Seat::validator(1.0, SelfVoter)).earned[1];
    assert_eq!((selfish.mining, selfish.validating), (0, 0));
    let honest = network(Seat::validator(1.0, Evaluator::new(0.0, Random::new(7, 1)))).earned[1];
    assert!(honest.validating > 0);
}

#[test]
fn splitting_one_miner_over_many_seats_does_not_pay() {
    for variant in Variant::ALL {
        let validators = (0..5).map(|uid| honest(1.0, 0.1, uid));
        let twins = [Seat::miner(Steady(0.8)), Seat::miner(Steady(0.5))];
        let sybils = sim::strategies::sybil(0.8, 8).map(Seat::boxed_miner);
        let network = played(variant, validators.chain(twins).chain(sybils).collect(), 200);
        let split: u64 = network.earned[7..].iter().map(|earned| earned.mining).sum();
        let gain = split as f64 / network.earned[5].mining as f64;
        assert!((0.98..1.01).contains(&gain), "{variant:?}: {gain}");
    }
}

/// A cabal with the given share of stake beside honest validators; its miner is worth nothing.
fn cabal_miner_pay(variant: Variant, share: f64) -> (u64, u64) {
    let validators = [honest(1.0 - share, 0.0, 0), Seat::validator(share, Cabal { miners: vec![3] })];
    let miners = [1.0, 0.0].map(|quality| Seat::miner(Steady(quality)));
    let network = played(variant, validators.into_iter().chain(miners).collect(), 50);
    (network.earned[2].mining, network.earned[3].mining)
}

#[test]
fn a_cabal_feeds_its_miner_only_with_half_the_stake() {
    for variant in Variant::ALL {
        let (honest, own) = cabal_miner_pay(variant, 0.49);
        assert!(honest > 0 && own == 0, "{variant:?}: {honest} {own}");
        let (honest, own) = cabal_miner_pay(variant, 0.51);
        assert!(honest == 0 && own > 0, "{variant:?}: {honest} {own}");
    }
}

#[test]
fn a_down_voter_takes_from_its_victim_no_more_than_its_share_of_stake() {
    let victims_pay = |attacker: Seat| {
        let miners = (0..4).map(|_| Seat::miner(Steady(1.0)));
        let seats = [honest(0.7, 0.0, 0), attacker].into_iter().chain(miners).collect();
        played(Variant::Classic, seats, 100).earned[2].mining as f64
    };
    let evaluator = || Evaluator::new(0.0, Random::new(7, 1));
    let peace = victims_pay(Seat::validator(0.3, evaluator()));
    let attacked = victims_pay(Seat::validator(0.3, DownVoter { evaluator: evaluator(), victim: 2 }));
    assert!((0.7..0.8).contains(&(attacked / peace)), "{}", attacked / peace);
}
