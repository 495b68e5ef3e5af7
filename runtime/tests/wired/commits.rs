//! Weights that are committed first and revealed later, and what it earns to cheat with them.

use crate::chain::*;
use pallet_weights::{Commits, Error, Event};
use plexus_runtime::{Runtime, RuntimeEvent, Weights};
use primitives::{Amount, BlockNumber, Hyperparams, NetUid, Reveal, Uid, WeightsObstacle, WeightsStatus, TOKEN};
use sp_core::H256;

type WeightsError = Error<Runtime>;

pub const BOB: &str = "//Bob//hotkey";
pub const CHARLIE: &str = "//Charlie//hotkey";
pub const DAVE: &str = "//Dave//hotkey";

/// The network of `create_network` with hidden weights, in a block that has just run an epoch. Hotkeys have funds, so
/// that a refusal reaches the call instead of ending at the fee.
pub fn hidden_network() {
    create_network();
    for hotkey in [BOB, CHARLIE, DAVE] {
        give(hotkey, 10 * TOKEN);
    }
    set_params(Hyperparams { commit_reveal: true, weights_rate_limit: 0, ..params() });
}

pub fn row(entries: &[(Uid, u16)], salt: u8) -> Reveal {
    let (uids, values) = entries.iter().copied().unzip();
    Reveal { uids, values, salt: [salt; 32], version: 0 }
}

pub fn commit(hotkey: &str, row: &Reveal) -> Result<(), Refused> {
    commit_hash(hotkey, row.hash(&account(hotkey), SUBNET))
}

pub fn commit_hash(hotkey: &str, hash: H256) -> Result<(), Refused> {
    submit(hotkey, pallet_weights::Call::commit { netuid: SUBNET, hash })
}

pub fn reveal<'a>(hotkey: &str, rows: impl IntoIterator<Item = &'a Reveal>) -> Result<(), Refused> {
    let rows: Vec<_> = rows.into_iter().cloned().collect();
    let reveals = rows.try_into().expect("not more than may be revealed at once");
    submit(hotkey, pallet_weights::Call::reveal { netuid: SUBNET, reveals })
}

pub fn status(hotkey: &str) -> WeightsStatus {
    Weights::status(SUBNET, &account(hotkey)).expect("the subnet exists")
}

pub fn stored(uid: Uid) -> Vec<(Uid, u16)> {
    let rows = Weights::set_rows(SUBNET).into_iter();
    rows.filter(|row| row.uid == uid).flat_map(|row| row.weights).collect()
}

pub fn stake_of(uid: usize) -> Amount {
    metagraph().neurons[uid].stake
}

/// Commits the same row for each hotkey, shows it in its window, and runs the epoch that reads it.
pub fn commit_reveal_and_settle(hotkeys: &[&str], row: &Reveal) {
    hotkeys.iter().for_each(|hotkey| commit(hotkey, row).expect("committed"));
    run_epoch();
    hotkeys.iter().for_each(|hotkey| reveal(hotkey, [row]).expect("revealed"));
    run_epoch();
}

#[test]
fn a_new_subnet_hides_weights_for_one_epoch() {
    on_a_chain(|| {
        submit("//Alice", pallet_subnets::Call::create { owner_hotkey: account("//Alice//hotkey") }).unwrap();
        assert_eq!((params().commit_reveal, params().commit_reveal_interval), (true, 1));
    });
}

#[test]
fn a_revealed_row_pays_what_the_same_row_would_pay_in_the_open() {
    let (mut hidden, mut open) = (Vec::new(), Vec::new());
    let rows = [(BOB, row(&[(2, 3), (3, 1)], 1)), (CHARLIE, row(&[(2, 1), (3, 1)], 2))];
    on_a_chain(|| {
        hidden_network();
        let before = balance(BOB);
        rows.iter().for_each(|(hotkey, row)| commit(hotkey, row).unwrap());
        run_epoch();
        assert_eq!(Weights::set_rows(SUBNET), [], "nobody sees what was committed");
        rows.iter().for_each(|(hotkey, row)| reveal(hotkey, [row]).unwrap());
        assert_eq!(balance(BOB), before, "both are free");
        hidden = run_epoch().neurons;
    });
    on_a_chain(|| {
        hidden_network();
        set_params(Hyperparams { commit_reveal: false, ..params() });
        run_epoch();
        rows.iter().for_each(|(hotkey, row)| {
            let entries: Vec<_> = row.uids.iter().copied().zip(row.values.iter().copied()).collect();
            set_weights(hotkey, &entries).unwrap();
        });
        open = run_epoch().neurons;
    });
    assert!(open[2].incentive > 0 && open[0].dividends > 0);
    assert_eq!(hidden, open);
}

#[test]
fn while_weights_are_hidden_they_cannot_be_set_and_otherwise_not_committed() {
    on_a_chain(|| {
        hidden_network();
        assert_eq!(set_weights(BOB, &[(2, 1)]), refusal(WeightsError::CommitInstead));
        set_params(Hyperparams { commit_reveal: false, ..params() });
        assert_eq!(commit(BOB, &row(&[(2, 1)], 1)), refusal(WeightsError::SetInstead));
        set_weights(BOB, &[(2, 1)]).unwrap();
    });
}

#[test]
fn only_who_may_set_weights_may_commit_and_not_too_often() {
    on_a_chain(|| {
        hidden_network();
        set_params(Hyperparams { weights_rate_limit: 5, ..params() });
        let row = row(&[(2, 1)], 1);
        assert_eq!(commit(DAVE, &row), refusal(WeightsError::NoPermit));
        commit(BOB, &row).unwrap();
        assert_eq!(commit(BOB, &row), refusal(WeightsError::SetTooSoon));
        run_to_block(metagraph().block + 5);
        commit(BOB, &row).unwrap();
        set_params(Hyperparams { stake_threshold: 900 * TOKEN, ..params() });
        assert_eq!(commit(CHARLIE, &row), refusal(WeightsError::NotEnoughStake));
    });
}

#[test]
fn a_commit_is_revealed_between_the_epochs_of_its_window_and_neither_before_nor_after() {
    on_a_chain(|| {
        hidden_network();
        let row = row(&[(2, 1)], 1);
        commit(BOB, &row).unwrap();
        commit(CHARLIE, &row).unwrap();
        let open = status(BOB).open[0].clone();
        assert_eq!((open.reveal_from, open.reveal_until), (18, 27));
        run_to_block(17);
        assert_eq!(reveal(BOB, [&row]), refusal(WeightsError::RevealTooEarly));
        run_to_block(18);
        reveal(BOB, [&row]).unwrap();
        run_to_block(27);
        reveal(CHARLIE, [&row]).unwrap();
        commit(BOB, &row).unwrap();
        run_to_block(48);
        assert_eq!(reveal(BOB, [&row]), refusal(WeightsError::NoSuchCommit));
    });
}

#[test]
fn only_the_very_row_that_was_committed_can_be_revealed_and_nothing_twice() {
    on_a_chain(|| {
        hidden_network();
        let row_of_one = row(&[(2, 1)], 1);
        commit(BOB, &row_of_one).unwrap();
        run_epoch();
        for other in
            [row(&[(3, 1)], 1), row(&[(2, 2)], 1), row(&[(2, 1)], 2), Reveal { version: 1, ..row_of_one.clone() }]
        {
            assert_eq!(reveal(BOB, [&other]), refusal(WeightsError::NoSuchCommit));
        }
        assert_eq!(reveal(BOB, []), refusal(WeightsError::NothingToReveal));
        reveal(BOB, [&row_of_one]).unwrap();
        assert_eq!(reveal(BOB, [&row_of_one]), refusal(WeightsError::NoSuchCommit));
    });
}

#[test]
fn a_revealed_row_keeps_the_rules_of_rows() {
    on_a_chain(|| {
        hidden_network();
        let bad = [
            (Reveal { uids: vec![2], ..row(&[(2, 1), (3, 1)], 1) }, WeightsError::LengthMismatch),
            (row(&[(2, 1), (2, 1)], 1), WeightsError::DuplicateUid),
            (row(&[(2, 1), (9, 1)], 1), WeightsError::UnknownUid),
            (row(&[(2, 0)], 1), WeightsError::AllZero),
        ];
        for (row, error) in bad {
            commit(BOB, &row).unwrap();
            run_epoch();
            assert_eq!(reveal(BOB, [&row]), refusal(error));
            run_epoch();
        }
    });
}

#[test]
fn several_commits_are_revealed_in_one_call_in_their_order_and_the_last_one_counts() {
    on_a_chain(|| {
        hidden_network();
        let rows = [row(&[(2, 1)], 1), row(&[(3, 1)], 2), row(&[(2, 1), (3, 1)], 3)];
        rows.iter().for_each(|row| commit(BOB, row).unwrap());
        run_epoch();
        assert_eq!(reveal(BOB, &rows[1..]), refusal(WeightsError::RevealOutOfOrder));
        let swapped = [rows[0].clone(), rows[2].clone(), rows[1].clone()];
        assert_eq!(reveal(BOB, &swapped), refusal(WeightsError::RevealOutOfOrder));
        let before = balance(BOB);
        reveal(BOB, &rows).unwrap();
        assert_eq!(balance(BOB), before, "revealing is free");
        assert_eq!(stored(0), [(2, 65_535), (3, 65_535)]);
        assert!(events().contains(&RuntimeEvent::Weights(Event::WeightsRevealed {
            netuid: SUBNET,
            uid: 0,
            committed_at: 8,
            revealed: 3
        })));
        assert_eq!(status(BOB).open, []);
    });
}

#[test]
fn ten_commits_wait_at_most() {
    on_a_chain(|| {
        hidden_network();
        let rows: Vec<_> = (0..11).map(|salt| row(&[(2, 1)], salt)).collect();
        rows[..10].iter().for_each(|row| commit(BOB, row).unwrap());
        assert_eq!(status(BOB).obstacle, Some(WeightsObstacle::TooManyOpenCommits { until: 18 }));
        assert_eq!(commit(BOB, &rows[10]), refusal(WeightsError::TooManyOpenCommits));
        run_epoch();
        reveal(BOB, &rows[..10]).unwrap();
        commit(BOB, &rows[10]).unwrap();
    });
}

#[test]
fn changed_rules_bind_what_is_committed_after_them_only() {
    on_a_chain(|| {
        hidden_network();
        let row = row(&[(2, 1)], 1);
        commit(BOB, &row).unwrap();
        set_params(Hyperparams { weights_version: 7, min_allowed_weights: 2, max_weights_limit: 40_000, ..params() });
        commit(CHARLIE, &row).unwrap();
        set_params(Hyperparams { stake_threshold: 5_000 * TOKEN, ..params() });
        run_epoch();
        reveal(BOB, [&row]).unwrap();
        assert_eq!(reveal(CHARLIE, [&row]), refusal(WeightsError::OutdatedVersion));
    });
}

#[test]
fn a_changed_tempo_or_interval_strands_no_commit() {
    on_a_chain(|| {
        hidden_network();
        set_params(Hyperparams { commit_reveal_interval: 4, ..params() });
        let rows = [row(&[(2, 1)], 1), row(&[(3, 1)], 2)];
        commit(BOB, &rows[0]).unwrap();
        set_params(Hyperparams { tempo: 3, commit_reveal_interval: 1, ..params() });
        next_block();
        commit(BOB, &rows[1]).unwrap();
        let windows: Vec<_> = status(BOB).open.iter().map(|open| (open.reveal_from, open.reveal_until)).collect();
        assert_eq!(windows, [(48, 57), (48, 57)], "the newer one waits for the older one");
        run_to_block(48);
        reveal(BOB, &rows).unwrap();
        assert_eq!(stored(0), [(3, 65_535)]);
        assert!(!status(BOB).forfeits);
    });
}

#[test]
fn where_the_tempo_has_grown_a_window_ends_when_it_was_promised_to() {
    on_a_chain(|| {
        hidden_network();
        let rows = [row(&[(2, 1)], 1), row(&[(3, 1)], 2)];
        commit(BOB, &rows[0]).unwrap();
        set_params(Hyperparams { tempo: 99, ..params() });
        run_to_block(28);
        assert_eq!(reveal(BOB, &rows[..1]), refusal(WeightsError::RevealTooLate));
        commit(BOB, &rows[1]).unwrap();
        assert!(status(BOB).forfeits, "the late one is settled by the next commit, before any epoch");
        assert_eq!(status(BOB).open.len(), 1);
    });
}

#[test]
fn what_is_open_when_commit_reveal_is_switched_off_may_be_revealed_and_costs_nothing_otherwise() {
    on_a_chain(|| {
        hidden_network();
        let (old, new) = (row(&[(2, 1)], 1), row(&[(3, 1)], 2));
        commit_reveal_and_settle(&[BOB, CHARLIE], &old);
        commit(BOB, &new).unwrap();
        commit(CHARLIE, &new).unwrap();
        set_params(Hyperparams { commit_reveal: false, ..params() });
        run_epoch();
        reveal(BOB, [&new]).unwrap();
        run_epoch();
        assert_eq!((stored(0), stored(1)), (vec![(3, 65_535)], vec![(2, 65_535)]));
        assert!(!status(CHARLIE).forfeits && status(CHARLIE).open.is_empty());
    });
}

#[test]
fn a_row_set_openly_overtakes_what_was_committed() {
    on_a_chain(|| {
        hidden_network();
        let row = row(&[(2, 1)], 1);
        commit(BOB, &row).unwrap();
        set_params(Hyperparams { commit_reveal: false, ..params() });
        set_weights(BOB, &[(3, 1)]).unwrap();
        set_params(Hyperparams { commit_reveal: true, ..params() });
        run_epoch();
        assert_eq!(reveal(BOB, [&row]), refusal(WeightsError::NoSuchCommit));
        run_epoch();
        assert_eq!(stored(0), [(3, 65_535)], "and nothing expires that could empty it");
    });
}

#[test]
fn a_dissolved_subnet_leaves_no_commit_behind() {
    on_a_chain(|| {
        hidden_network();
        commit(BOB, &row(&[(2, 1)], 1)).unwrap();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert_eq!(Commits::<Runtime>::iter().count(), 0);
        assert_eq!(Weights::status(SUBNET, &account(BOB)), None);
    });
}

#[test]
fn the_status_tells_what_stands_against_weights_and_until_when() {
    on_a_chain(|| {
        hidden_network();
        set_params(Hyperparams { weights_rate_limit: 5, ..params() });
        let obstacle = |hotkey| status(hotkey).obstacle;
        assert_eq!(obstacle(BOB), None);
        assert_eq!(obstacle(DAVE), Some(WeightsObstacle::NoPermit { until: 18 }));
        assert_eq!(obstacle("//Stranger"), Some(WeightsObstacle::NotRegistered));
        assert_eq!(Weights::status(NetUid(9), &account(BOB)), None);
        let row = row(&[(2, 1)], 1);
        commit(BOB, &row).unwrap();
        for block in 8..12 {
            run_to_block(block);
            assert_eq!(obstacle(BOB), Some(WeightsObstacle::TooSoon { until: 13 }), "after block {block}");
        }
        run_to_block(12);
        assert_eq!(obstacle(BOB), None);
        assert_eq!((status(BOB).block, status(BOB).next_epoch), (12, 18));
        run_to_block(13);
        commit(BOB, &row).expect("as the status said");
        set_params(Hyperparams { stake_threshold: 900 * TOKEN, ..params() });
        let (has, needs) = (stake_of(1), 900 * TOKEN);
        assert_eq!(obstacle(CHARLIE), Some(WeightsObstacle::NotEnoughStake { has, needs }));
    });
}

/// Commits and reveals of all kinds, under rules that change: the invariants hold after every block.
#[test]
fn a_busy_subnet_with_hidden_weights_keeps_every_invariant() {
    on_a_chain(|| {
        hidden_network();
        let mut revealed = 0;
        for round in 0u8..60 {
            for (hotkey, pace) in [(BOB, 1), (CHARLIE, 4), (DAVE, 5)] {
                // Many are refused; what matters here is that nothing breaks.
                let _ = commit(hotkey, &row(&[(2, 1), (3, u16::from(round))], round));
                let due: Vec<BlockNumber> = status(hotkey).open.iter().map(|open| open.committed_at - 8).collect();
                let rows: Vec<_> = due.iter().map(|at| row(&[(2, 1), (3, *at as u16)], *at as u8)).collect();
                if round % pace == 0 {
                    revealed += u32::from(reveal(hotkey, &rows[..rows.len().min(1)]).is_ok());
                }
            }
            if round % 7 == 6 {
                let (tempo, interval) = (3 + u16::from(round % 11), 1 + u16::from(round % 3));
                set_params(Hyperparams { tempo, commit_reveal_interval: interval, ..params() });
            }
            next_block();
            check_invariants();
        }
        assert!(revealed > 10, "{revealed} reveals");
    });
}
