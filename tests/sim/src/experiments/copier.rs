//! What copying pays against evaluating, with and without commit-reveal.

use anyhow::Result;
use indicatif::ProgressBar;

use crate::economy::Variant;
use crate::network::{Network, Seat};
use crate::plot::{ordered, Axis, Figure, Line, Look, Panel, PALETTE};
use crate::random::Random;
use crate::report::{percent, whole_percent, Cell, Picture, Report, Table};
use crate::strategies::{Copier, Evaluator, Redrawn};

const HONEST: usize = 9;
const MINERS: usize = 24;
/// Relative standard deviation of one honest measurement.
const ERROR: f64 = 0.1;
const WARM_UP: usize = 40;
const EPOCHS: usize = 120;
const SEEDS: u64 = 3;
/// Epochs from commit to reveal; 0: no commit-reveal.
const INTERVALS: [usize; 8] = [0, 1, 2, 3, 4, 6, 8, 12];
/// Chance that a miner's quality is drawn anew in an epoch.
const DRIFTS: [f64; 5] = [0.0, 0.01, 0.02, 0.05, 0.1];
const TABLED: [usize; 5] = [0, 1, 2, 4, 12];

pub fn run(progress: &ProgressBar) -> Result<Report> {
    progress.inc_length((Variant::ALL.len() * DRIFTS.len()) as u64);
    let curves = |variant: Variant| -> Result<Vec<Vec<f64>>> {
        DRIFTS.iter().map(|drift| curve(variant, *drift, progress)).collect()
    };
    let results: Vec<_> = Variant::ALL.iter().map(|variant| curves(*variant)).collect::<Result<_>>()?;
    let tables = Variant::ALL.iter().zip(&results).map(|(variant, curves)| table(*variant, curves)).collect();
    Ok(Report { name: "copier", tables, pictures: vec![Picture { file: "copier.svg", svg: figure(&results).svg()? }] })
}

fn curve(variant: Variant, drift: f64, progress: &ProgressBar) -> Result<Vec<f64>> {
    let curve = INTERVALS.iter().map(|interval| relative_pay(variant, *interval, drift)).collect();
    progress.inc(1);
    curve
}

/// The copier's pay per stake over the honest validators', mean of all seeds.
///
/// # Errors
/// Those of [`yuma::run`].
pub fn relative_pay(variant: Variant, interval: usize, drift: f64) -> Result<f64> {
    let of_seed = |seed: u64| -> Result<f64> {
        let mut network = Network::new(variant.params(), interval, seats(drift, seed));
        // The copier sees its first weights after one interval, and they count after another.
        network.warm_up(2 * interval + WARM_UP)?;
        network.play(EPOCHS)?;
        let honest: f64 = network.earned[..HONEST].iter().map(|earned| earned.per_stake()).sum();
        Ok(network.earned[HONEST].per_stake() / (honest / HONEST as f64))
    };
    let sum: f64 = (0..SEEDS).map(of_seed).sum::<Result<f64>>()?;
    Ok(sum / SEEDS as f64)
}

/// Honest validators and one copier, all of one stake; then the miners.
fn seats(drift: f64, seed: u64) -> Vec<Seat> {
    let honest = (0..HONEST).map(|uid| Seat::validator(1.0, Evaluator::new(ERROR, Random::new(seed, uid as u64))));
    let miners = (0..MINERS).map(|uid| Seat::miner(Redrawn::new(drift, Random::new(seed, 1_000 + uid as u64))));
    honest.chain([Seat::validator(1.0, Copier)]).chain(miners).collect()
}

fn table(variant: Variant, curves: &[Vec<f64>]) -> Table {
    let title = format!("Copier's pay per stake against honest validators', {}", variant.name());
    let name = |interval: &usize| match interval {
        0 => "no commit-\nreveal".into(),
        1 => "1 epoch".into(),
        more => format!("{more} epochs"),
    };
    let mut table = Table::new(&title, "miners that\nchange per epoch", TABLED.iter().map(name));
    for (drift, curve) in DRIFTS.iter().zip(curves) {
        let of = |interval: &usize| {
            INTERVALS.iter().position(|known| known == interval).map(|place| Cell::Change(curve[place]))
        };
        table.push(percent(*drift), TABLED.iter().filter_map(of));
    }
    table
}

fn figure(results: &[Vec<Vec<f64>>]) -> Figure {
    let look = |place: usize| Look::new(ordered(place as f64 / (DRIFTS.len() - 1) as f64), 5);
    let name = |drift: &f64| format!("{} of miners change", whole_percent(*drift));
    let zero = || Line { look: Look::new(PALETTE[6], 2), points: vec![(0.0, 0.0), (12.0, 0.0)] };
    let panel = |(variant, curves): (&Variant, &Vec<Vec<f64>>)| {
        let points = |curve: &Vec<f64>| INTERVALS.iter().zip(curve).map(|(x, y)| (*x as f64, y - 1.0)).collect();
        let line = |(place, curve): (usize, &Vec<f64>)| Line { look: look(place), points: points(curve) };
        Panel {
            title: variant.name().into(),
            x: Axis::whole("commit-reveal interval (epochs; 0: off)", 0.0..12.0, 7),
            y: Axis::percent("copier's extra pay per stake", -0.31..0.1, 9),
            tinted: vec![],
            lines: [zero()].into_iter().chain(curves.iter().enumerate().map(line)).collect(),
        }
    };
    Figure {
        title: "What a weight copier earns more than an honest validator, per stake",
        legend: DRIFTS.iter().enumerate().map(|(place, drift)| (name(drift), look(place))).collect(),
        columns: Variant::ALL.len(),
        panel_size: (620, 620),
        panels: Variant::ALL.iter().zip(results).map(panel).collect(),
    }
}
