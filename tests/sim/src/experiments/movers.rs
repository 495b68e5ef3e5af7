//! A better miner appears: what moving first, second or last does to a validator.

use anyhow::Result;
use indicatif::ProgressBar;
use yuma::Outcome;

use crate::economy::Variant;
use crate::network::{Network, Seat};
use crate::plot::{Axis, Figure, Line, Look, Panel, PALETTE};
use crate::report::{Cell, Picture, Report, Table};
use crate::strategies::{Mover, Newcomer, Steady};

const NAMES: [&str; 3] = ["moves first", "moves second", "moves last"];
/// Epochs at which the three validators turn to the better miner, which appears with the first.
const MOVES: [usize; 3] = [20, 25, 30];
const EPOCHS: usize = 80;

/// One variant's story: for each validator, a value per epoch.
struct Story {
    validator_trust: Vec<Vec<f64>>,
    dividends: Vec<Vec<f64>>,
    pay_per_stake: Vec<f64>,
}

pub fn run(progress: &ProgressBar) -> Result<Report> {
    progress.inc_length(2 * Variant::ALL.len() as u64);
    let told = |penalty: u16| -> Result<Vec<Story>> {
        Variant::ALL.iter().map(|variant| story(*variant, penalty).inspect(|_| progress.inc(1))).collect()
    };
    let (clipped, raw) = (told(u16::MAX)?, told(0)?);
    let tables = vec![
        table("Pay per stake against the mean of the three, bonds on clipped weights (bonds penalty 1)", &clipped),
        table("Pay per stake against the mean of the three, bonds on raw weights (bonds penalty 0)", &raw),
    ];
    Ok(Report { name: "movers", tables, pictures: vec![Picture { file: "movers.svg", svg: figure(&clipped).svg()? }] })
}

/// Three validators of equal stake, an old miner and a newcomer.
fn story(variant: Variant, bonds_penalty: u16) -> Result<Story> {
    let (old, new) = (MOVES.len(), MOVES.len() + 1);
    let mover = |at: &usize| Seat::validator(1.0, Mover { before: old, after: new, moves_at: *at });
    let miners = [Seat::miner(Steady(0.5)), Seat::miner(Newcomer { from: MOVES[0], quality: 1.0 })];
    let params = yuma::Params { bonds_penalty, ..variant.params() };
    let mut network = Network::new(params, 0, MOVES.iter().map(mover).chain(miners).collect());
    let mut story = Story { validator_trust: vec![vec![]; 3], dividends: vec![vec![]; 3], pay_per_stake: vec![] };
    network.warm_up(MOVES[0] - 1)?;
    for _ in MOVES[0] - 1..EPOCHS {
        story.note(&network.step()?);
    }
    story.pay_per_stake = network.earned[..MOVES.len()].iter().map(|earned| earned.per_stake()).collect();
    Ok(story)
}

impl Story {
    fn note(&mut self, outcome: &Outcome) {
        let ratio = |value: u16| f64::from(value) / 65_535.0;
        for uid in 0..MOVES.len() {
            self.validator_trust[uid].push(ratio(outcome.validator_trust[uid]));
            self.dividends[uid].push(ratio(outcome.dividends[uid]));
        }
    }
}

fn table(title: &str, stories: &[Story]) -> Table {
    let mut table = Table::new(title, "validator", Variant::ALL.map(|variant| variant.name().into()));
    for (uid, name) in NAMES.iter().enumerate() {
        let mean = |story: &Story| story.pay_per_stake.iter().sum::<f64>() / NAMES.len() as f64;
        let cell = |story: &Story| Cell::Change(story.pay_per_stake[uid] / mean(story));
        table.push(*name, stories.iter().map(cell));
    }
    table
}

fn figure(stories: &[Story]) -> Figure {
    // Wide below, thin above: where lines meet, all of them stay visible.
    let look = |uid: usize| Look::new(PALETTE[uid], [11, 7, 3][uid]);
    let panel = |variant: &Variant, (label, top): (&'static str, f64), values: &[Vec<f64>]| Panel {
        title: variant.name().into(),
        x: Axis::whole("epoch", (MOVES[0] - 1) as f64..EPOCHS as f64, 8),
        y: Axis::percent(label, 0.0..top, 6),
        tinted: vec![],
        lines: values.iter().enumerate().map(|(uid, values)| Line { look: look(uid), points: steps(values) }).collect(),
    };
    let told = || Variant::ALL.iter().zip(stories);
    let trust = told().map(|(variant, story)| panel(variant, ("vtrust", 1.04), &story.validator_trust));
    let dividends = told().map(|(variant, story)| panel(variant, ("share of dividends", 0.6), &story.dividends));
    Figure {
        title: "Three validators of equal stake when a better miner appears in epoch 20",
        legend: NAMES
            .iter()
            .zip(MOVES)
            .enumerate()
            .map(|(uid, (name, at))| (format!("{name} (epoch {at})"), look(uid)))
            .collect(),
        columns: Variant::ALL.len(),
        panel_size: (620, 480),
        panels: trust.chain(dividends).collect(),
    }
}

/// Each value holds from its epoch to the next.
fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    let epochs = (MOVES[0] - 1..).map(|epoch| epoch as f64);
    epochs.zip(values).flat_map(|(epoch, value)| [(epoch, *value), (epoch + 1.0, *value)]).collect()
}
