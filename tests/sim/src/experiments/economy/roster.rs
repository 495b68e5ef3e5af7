//! Who plays, and what each earned.

use anyhow::Result;
use indicatif::ProgressBar;
use issuance::TOKEN;

use crate::economy::Variant;
use crate::network::{Earned, Network, Seat};
use crate::random::Random;
use crate::report::{Cell, Table};
use crate::strategies::{sybil, Cabal, Copier, DownVoter, Evaluator, Lazy, Redrawn, SelfVoter, Steady};

pub const VARIANTS: [Variant; 2] = [Variant::Classic, Variant::Yuma3];
pub const EPOCHS: usize = 200;
const SEEDS: u64 = 8;
/// Relative standard deviation of an honest measurement, and of a noisy one.
const ERROR: f64 = 0.1;
const NOISY_ERROR: f64 = 0.6;
/// Chance that an ordinary miner's quality is drawn anew in an epoch.
const DRIFT: f64 = 0.02;
/// The quality of everybody who is compared with the honest twin, and of the cabal's miners together.
const QUALITY: f64 = 0.8;
const CABAL_QUALITY: f64 = 0.2;

/// Who sits where: a player and how many seats in a row it holds.
type Player = (&'static str, usize);

const VALIDATORS: [Player; 7] =
    [("honest", 5), ("noisy", 1), ("lazy", 1), ("copier", 1), ("down-voter", 1), ("self-voter", 1), ("cabal", 2)];
/// Those of steady quality; ordinary miners, whose quality changes, follow them.
const MINERS: [Player; 4] = [("honest twin", 1), ("down-voted", 1), ("sybil, 4 seats", 4), ("cabal, 2 seats", 2)];
const QUALITIES: [f64; 4] = [QUALITY, QUALITY, QUALITY, CABAL_QUALITY];
const ORDINARY: u64 = 10;
const FIRST_MINER: usize = 12;
const VICTIM: usize = FIRST_MINER + 1;
const CABAL_MINERS: [usize; 2] = [FIRST_MINER + 6, FIRST_MINER + 7];

/// What each seat earned over all seeds, one list per variant.
pub fn play(progress: &ProgressBar) -> Result<Vec<Vec<Earned>>> {
    let total = |variant: &Variant| {
        let played: Vec<_> = (0..SEEDS).map(|seed| play_once(*variant, seed)).collect::<Result<_>>()?;
        progress.inc(1);
        let of_seat = |uid: usize| Earned::sum(played.iter().map(|network| &network.earned[uid]));
        Ok((0..played[0].earned.len()).map(of_seat).collect())
    };
    VARIANTS.iter().map(total).collect()
}

/// The network after its last epoch.
///
/// # Errors
/// Those of [`yuma::run`].
pub fn play_once(variant: Variant, seed: u64) -> Result<Network> {
    let mut network = Network::new(variant.params(), 0, seats(seed));
    network.play(EPOCHS)?;
    Ok(network)
}

/// Stakes are in per cent of all.
fn seats(seed: u64) -> Vec<Seat> {
    let evaluator = |uid: u64, error: f64| Evaluator::new(error, Random::new(seed, uid));
    let cabal = || Seat::validator(8.0, Cabal { miners: CABAL_MINERS.to_vec() });
    let mut seats: Vec<Seat> = (0..5).map(|uid| Seat::validator(10.0, evaluator(uid, ERROR))).collect();
    seats.extend([
        Seat::validator(8.0, evaluator(5, NOISY_ERROR)),
        Seat::validator(7.0, Lazy::new(evaluator(6, ERROR))),
        Seat::validator(7.0, Copier),
        Seat::validator(7.0, DownVoter { evaluator: evaluator(7, ERROR), victim: VICTIM }),
        Seat::validator(5.0, SelfVoter),
        cabal(),
        cabal(),
        Seat::miner(Steady(QUALITY)),
        Seat::miner(Steady(QUALITY)),
    ]);
    seats.extend(sybil(QUALITY, 4).chain(sybil(CABAL_QUALITY, 2)).map(Seat::boxed_miner));
    seats.extend((0..ORDINARY).map(|uid| Seat::miner(Redrawn::new(DRIFT, Random::new(seed, 100 + uid)))));
    seats
}

pub fn validators(variants: &[Vec<Earned>]) -> Table {
    let title = format!("Validators after {EPOCHS} epochs: pay per stake against the honest ones'");
    let [classic, yuma3] = VARIANTS.map(|variant| variant.name().to_string());
    let mut table = Table::new(&title, "validator", ["stake at start".into(), classic, yuma3]);
    let stakes = seats(0);
    for (name, seats) in spans(&VALIDATORS, 0) {
        let stake: f64 = stakes[seats.clone()].iter().map(|seat| seat.stake / 100.0).sum();
        let against_honest = |earned: &Vec<Earned>| {
            let honest = Earned::sum(&earned[..VALIDATORS[0].1]).per_stake();
            Cell::Change(Earned::sum(&earned[seats.clone()]).per_stake() / honest)
        };
        table.push(name, [Cell::Percent(stake)].into_iter().chain(variants.iter().map(against_honest)));
    }
    table
}

pub fn miners(variants: &[Vec<Earned>]) -> Table {
    let title = format!("Miners after {EPOCHS} epochs: tokens per epoch, and against the honest twin per quality");
    let mut columns = vec!["quality in all".to_string()];
    for variant in VARIANTS {
        columns.extend([format!("tokens\n{}", variant.name()), format!("against twin\n{}", variant.name())]);
    }
    let mut table = Table::new(&title, "miner", columns);
    for ((name, seats), quality) in spans(&MINERS, FIRST_MINER).zip(QUALITIES) {
        let mut figures = vec![Cell::Number(quality, 1)];
        for earned in variants {
            let epochs = SEEDS as f64 * EPOCHS as f64;
            let pay = |seats: &[Earned]| Earned::sum(seats).mining as f64 / (epochs * TOKEN as f64);
            let (own, twin) = (pay(&earned[seats.clone()]), pay(&earned[FIRST_MINER..=FIRST_MINER]));
            figures.extend([Cell::Number(own, 3), Cell::Change(own / quality / (twin / QUALITY))]);
        }
        table.push(name, figures);
    }
    table
}

/// Each player with its seats, the first of which is `first`.
fn spans(players: &'static [Player], first: usize) -> impl Iterator<Item = (&'static str, std::ops::Range<usize>)> {
    players.iter().scan(first, |next, (name, seats)| {
        *next += seats;
        Some((*name, *next - seats..*next))
    })
}
