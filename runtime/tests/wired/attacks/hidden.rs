//! Validators that copy what others say, or show only what suits them.

use super::*;
use crate::commits::*;
use pallet_weights::{Commits, Error, Event, Queue};
use plexus_runtime::{Runtime, RuntimeEvent};
use primitives::{Hyperparams, Reveal};

type WeightsError = Error<Runtime>;

/// What miners 4, 5 and 6 deserve in an epoch: each of them is best in turn.
fn truth(epoch: u32) -> Reveal {
    let deserved = |miner: Uid| [4, 2, 1][(u32::from(miner) + epoch) as usize % 3];
    row(&[(4, deserved(4)), (5, deserved(5)), (6, deserved(6))], epoch as u8)
}

/// What a validator that copies Bob's weights earns in twelve epochs, and what one with as much stake that judges for
/// itself.
fn copier_and_twin(hidden: bool) -> [i128; 2] {
    let mut earned = [0; 2];
    on_a_chain(|| {
        let validators = [("//Bob", 1_000), ("//Charlie", 1_000), ("//Eve", 300), ("//Ferdie", 300)];
        ["//Dave//1", "//Dave//2", "//Dave//3"].iter().for_each(|miner| give(miner, TOKEN));
        create_market(&validators, &["//Dave//1", "//Dave//2", "//Dave//3"]);
        set_params(Hyperparams { commit_reveal: hidden, weights_rate_limit: 0, ..params() });
        let honest = ["//Bob", "//Charlie", "//Ferdie"].map(hotkey);
        earned = gains(["//Eve", "//Ferdie"], || {
            for epoch in 1..=12 {
                let seen = if hidden { judge_hidden(&honest, epoch) } else { judge_openly(&honest, epoch) };
                assert_eq!(seen, stored(0), "all that there is to copy");
            }
        });
    });
    earned
}

fn judge_openly(honest: &[String], epoch: u32) -> Vec<(Uid, u16)> {
    let Reveal { uids, values, .. } = truth(epoch);
    let said: Vec<_> = uids.into_iter().zip(values).collect();
    honest.iter().for_each(|hotkey| set_weights(hotkey, &said).expect("set"));
    let seen = stored(0);
    set_weights("//Eve//hotkey", &seen).expect("copied");
    run_epoch();
    seen
}

/// The honest ones show what they committed to in the epoch before, and commit to what is true now. The copier shows
/// what it had copied, and commits to what it sees.
fn judge_hidden(honest: &[String], epoch: u32) -> Vec<(Uid, u16)> {
    if epoch > 1 {
        honest.iter().for_each(|hotkey| reveal(hotkey, [&truth(epoch - 1)]).expect("revealed"));
    }
    honest.iter().for_each(|hotkey| commit(hotkey, &truth(epoch)).expect("committed"));
    let (copier, seen) = ("//Eve//hotkey", stored(0));
    if epoch > 2 {
        reveal(copier, [&truth(epoch - 2)]).expect("it had seen this in the epoch before");
    }
    if epoch > 1 {
        commit(copier, &truth(epoch - 1)).expect("committed");
    }
    run_epoch();
    seen
}

/// Copying pays as long as weights are in the open, and where nothing ever changes.
#[test]
fn a_copier_of_hidden_weights_earns_a_fraction_of_its_honest_twin_and_of_open_ones_as_much() {
    let ([open, open_twin], [hidden, hidden_twin]) = (copier_and_twin(false), copier_and_twin(true));
    println!("open: copier {open}, twin {open_twin}; hidden: copier {hidden}, twin {hidden_twin}");
    assert!((open - open_twin).abs() <= 12, "but for rounding");
    assert!(hidden < hidden_twin * 6 / 10);
    assert_earned([open, open_twin, hidden, hidden_twin], [568, 568, 237, 664]);
}

/// Weight copying: the hash of somebody else is worth nothing.
#[test]
fn a_copied_commit_cannot_be_revealed_and_costs_whoever_copied_it() {
    on_a_chain(|| {
        hidden_network();
        let row = row(&[(2, 1)], 1);
        let hash = row.hash(&account(BOB), SUBNET);
        commit_hash(BOB, hash).unwrap();
        commit_hash(CHARLIE, hash).unwrap();
        run_epoch();
        reveal(BOB, [&row]).unwrap();
        assert_eq!(reveal(CHARLIE, [&row]), refusal(WeightsError::NoSuchCommit));
        run_epoch();
        assert!(status(CHARLIE).forfeits && !status(BOB).forfeits);
    });
}

/// Weight inheritance: someone takes the seat of a good miner after its validators committed, or in the very block.
#[test]
fn a_newcomer_earns_nothing_from_weights_that_were_committed_before_it_came() {
    for blocks_later in [0, 1, 9] {
        on_a_chain(|| {
            hidden_network();
            set_params(Hyperparams { max_uids: 4, max_validators: 4, ..params() });
            stake("//Dave", DAVE, 10 * TOKEN).unwrap();
            commit_reveal_and_settle(&[BOB, CHARLIE], &row(&[(3, 1)], 1));
            let good = row(&[(2, 1), (3, 1)], 2);
            [BOB, CHARLIE, DAVE].iter().for_each(|hotkey| commit(hotkey, &good).unwrap());
            run_to_block(metagraph().block + blocks_later);
            register("//Ferdie", "//Ferdie//hotkey").unwrap();
            assert_eq!(metagraph().neurons[2].hotkey, account("//Ferdie//hotkey"), "Dave lost the seat");
            assert_eq!(Commits::<Runtime>::get(SUBNET, 2), Queue::default(), "and what he had committed");
            run_epoch();
            [BOB, CHARLIE].iter().for_each(|hotkey| reveal(hotkey, [&good]).unwrap());
            let after = run_epoch();
            assert_eq!(stored(0), [(2, 65_535), (3, 65_535)]);
            assert_eq!((after.neurons[2].incentive, after.neurons[3].incentive), (0, u16::MAX));
            assert_eq!(after.neurons[2].emission, 0);

            commit_reveal_and_settle(&[BOB, CHARLIE], &row(&[(2, 1), (3, 1)], 3));
            assert!(metagraph().neurons[2].incentive > 0, "what is committed about the newcomer itself counts");
        });
    }
}

/// Selective reveal: commit to many rows, then show only those that turned out well.
#[test]
fn whoever_keeps_back_what_it_committed_earns_nothing_beside_its_honest_twin() {
    on_a_chain(|| {
        hidden_network();
        let third = "//Ferdie//hotkey";
        register("//Ferdie", third).unwrap();
        stake("//Ferdie", third, 1_000 * TOKEN).unwrap();
        run_epoch();
        for (uid, coldkey, hotkey) in [(1, "//Charlie", CHARLIE), (4, "//Ferdie", third)] {
            stake(coldkey, hotkey, 2_000 * TOKEN - stake_of(uid)).unwrap();
        }
        stake("//Bob", BOB, 2_000 * TOKEN - stake_of(0)).unwrap();
        let honest = row(&[(2, 1)], 1);
        commit_reveal_and_settle(&[BOB, CHARLIE, third], &honest);
        let (attacker, twin) = (stake_of(0), stake_of(1));
        assert_eq!(attacker, twin, "so far they did the same");

        let guesses = [row(&[(3, 1)], 2), row(&[(2, 1)], 3), row(&[(2, 1), (3, 1)], 4)];
        guesses.iter().for_each(|guess| commit(BOB, guess).unwrap());
        [CHARLIE, third].iter().for_each(|hotkey| commit(hotkey, &honest).unwrap());
        run_epoch();
        let (attacker, twin) = (stake_of(0), stake_of(1));
        [CHARLIE, third].iter().for_each(|hotkey| reveal(hotkey, [&honest]).unwrap());
        // The second guess is what the others said: the third one is kept back.
        reveal(BOB, &guesses[..2]).unwrap();
        assert_eq!(stored(0), [(2, 65_535)]);
        let after = run_epoch();
        let expired = Event::CommitExpired {
            netuid: SUBNET,
            uid: 0,
            hash: guesses[2].hash(&account(BOB), SUBNET),
            committed_at: 38,
        };
        assert!(events().contains(&RuntimeEvent::Weights(expired)));
        println!("attacker: {}, honest twin: {} base units", stake_of(0) - attacker, stake_of(1) - twin);
        assert_eq!(stake_of(0), attacker);
        assert_earned([(stake_of(1) - twin).into()], [144]);
        assert_eq!((after.neurons[0].dividends, after.neurons[0].emission, stored(0)), (0, 0, vec![]));
        assert!(after.subnet.pending_emission > TOKEN, "its share waits for the next epoch");
        assert!(after.neurons[2].incentive > 0, "miners do not pay for it");

        assert!(status(BOB).forfeits);
        run_epoch();
        assert_eq!(stake_of(0), attacker, "nor does it earn anything until it shows a row again");
        commit_reveal_and_settle(&[BOB], &honest);
        assert!(!status(BOB).forfeits && stake_of(0) > attacker);
    });
}
