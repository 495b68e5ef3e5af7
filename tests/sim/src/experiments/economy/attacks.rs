//! Attackers with more and more stake.

use anyhow::Result;
use indicatif::ProgressBar;

use super::roster::{EPOCHS, VARIANTS};
use crate::economy::Variant;
use crate::network::{Earned, Network, Seat};
use crate::plot::{Axis, Figure, Line, Look, Panel, PALETTE};
use crate::random::Random;
use crate::report::{percent, Cell, Table};
use crate::strategies::{Cabal, DownVoter, Evaluator, Steady};

pub const STAKES: [f64; 10] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.45, 0.48, 0.52, 0.6, 0.7];
const HONEST: usize = 8;
const MINERS: usize = 8;
const VICTIM: usize = HONEST + 1;
/// The last two miners belong to the cabal and are worth a fifth of the others.
const CABAL_MINERS: [usize; 2] = [VICTIM + MINERS, VICTIM + MINERS + 1];
const CABAL_QUALITY: f64 = 0.2;
const ERROR: f64 = 0.1;
const SEED: u64 = 2;

#[derive(Clone, Copy)]
enum Attack {
    None,
    DownVote,
    Cabal,
}

/// What an attacker moves.
pub struct Effect {
    /// Pay of the miner that is voted down, over its pay in peace.
    victim: f64,
    /// Pay of all honest miners while a cabal votes for its own, over their pay in peace.
    honest_miners: f64,
    /// The cabal's share of the validators' stake in the end.
    cabal: f64,
}

/// One row per stake, one effect per variant.
pub fn sweep(progress: &ProgressBar) -> Result<Vec<Vec<Effect>>> {
    let at = |stake: &f64| {
        let effects = VARIANTS.iter().map(|variant| effect(*variant, *stake)).collect();
        progress.inc(1);
        effects
    };
    STAKES.iter().map(at).collect()
}

fn effect(variant: Variant, stake: f64) -> Result<Effect> {
    let [peace, down_voted, cabal] =
        [Attack::None, Attack::DownVote, Attack::Cabal].map(|attack| play(variant, stake, attack));
    let (peace, down_voted, cabal) = (peace?, down_voted?, cabal?);
    let mined = |network: &Network, from: usize, to: usize| Earned::sum(&network.earned[from..to]).mining as f64;
    let ratio = |attacked: &Network, from: usize, to: usize| mined(attacked, from, to) / mined(&peace, from, to);
    let stake = &cabal.economy.stake[..=HONEST];
    Ok(Effect {
        victim: ratio(&down_voted, VICTIM, VICTIM + 1),
        honest_miners: ratio(&cabal, VICTIM, VICTIM + MINERS),
        cabal: stake[HONEST] as f64 / stake.iter().sum::<u64>() as f64,
    })
}

fn play(variant: Variant, stake: f64, attack: Attack) -> Result<Network> {
    let mut network = Network::new(variant.params(), 0, seats(stake, attack));
    network.play(EPOCHS)?;
    Ok(network)
}

/// Honest validators, the attacker, honest miners of equal quality, the cabal's miners.
fn seats(stake: f64, attack: Attack) -> Vec<Seat> {
    let evaluator = |uid: usize| Evaluator::new(ERROR, Random::new(SEED, uid as u64));
    let honest = (0..HONEST).map(|uid| Seat::validator((1.0 - stake) / HONEST as f64, evaluator(uid)));
    let attacker = match attack {
        Attack::None => Seat::validator(stake, evaluator(HONEST)),
        Attack::DownVote => Seat::validator(stake, DownVoter { evaluator: evaluator(HONEST), victim: VICTIM }),
        Attack::Cabal => Seat::validator(stake, Cabal { miners: CABAL_MINERS.to_vec() }),
    };
    let miners = (0..MINERS).map(|_| Seat::miner(Steady(1.0)));
    let cabal = CABAL_MINERS.map(|_| Seat::miner(Steady(CABAL_QUALITY)));
    honest.chain([attacker]).chain(miners).chain(cabal).collect()
}

struct Column {
    name: &'static str,
    title: &'static str,
    axis: &'static str,
    /// What it is in peace, by the attacker's stake.
    peace: fn(f64) -> f64,
    figure: fn(&Effect) -> f64,
}

const COLUMNS: [Column; 3] = [
    Column {
        name: "down-voted\nminer's pay",
        title: "a miner that is voted down",
        axis: "pay, of that in peace",
        peace: |_| 1.0,
        figure: |effect| effect.victim,
    },
    Column {
        name: "honest miners'\npay, cabal",
        title: "honest miners under a cabal",
        axis: "pay, of that in peace",
        peace: |_| 1.0,
        figure: |effect| effect.honest_miners,
    },
    Column {
        name: "cabal's stake\nin the end",
        title: "the cabal itself",
        axis: "share of stake in the end",
        peace: |stake| stake,
        figure: |effect| effect.cabal,
    },
];

pub fn table(sweep: &[Vec<Effect>]) -> Table {
    let title = format!("Pay over {EPOCHS} epochs as a share of that in peace, and the cabal's stake after them");
    let columns =
        COLUMNS.iter().flat_map(|column| VARIANTS.map(|variant| format!("{}\n{}", column.name, variant.name())));
    let mut table = Table::new(&title, "attacker's\nstake", columns);
    for (stake, effects) in STAKES.iter().zip(sweep) {
        let figures =
            COLUMNS.iter().flat_map(|column| effects.iter().map(|effect| Cell::Percent((column.figure)(effect))));
        table.push(percent(*stake), figures);
    }
    table
}

pub fn figure(sweep: &[Vec<Effect>]) -> Figure {
    let looks = [Look::new(PALETTE[0], 10), Look::new(PALETTE[1], 4)];
    let at_peace = Look::new(PALETTE[6], 2);
    let names = VARIANTS.map(|variant| variant.name());
    let panel = |column: &Column| {
        let points = |place: usize| {
            let effects = sweep.iter().map(|effects| (column.figure)(&effects[place]));
            STAKES.into_iter().zip(effects).collect()
        };
        Panel {
            title: column.title.into(),
            x: Axis::percent("attacker's share of stake at the start", 0.0..0.7, 8),
            y: Axis::percent(column.axis, 0.0..1.04, 6),
            tinted: vec![],
            lines: [Line { look: at_peace, points: [0.0, 0.7].map(|stake| (stake, (column.peace)(stake))).to_vec() }]
                .into_iter()
                .chain(looks.into_iter().enumerate().map(|(place, look)| Line { look, points: points(place) }))
                .collect(),
        }
    };
    Figure {
        title: "What an attacker moves, by its share of stake at the start",
        legend: names
            .into_iter()
            .zip(looks)
            .chain([("without attack", at_peace)])
            .map(|(name, look)| (name.into(), look))
            .collect(),
        columns: COLUMNS.len(),
        panel_size: (620, 620),
        panels: COLUMNS.iter().map(panel).collect(),
    }
}
