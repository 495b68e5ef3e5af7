//! An honest side against a cabal that plays its best: does the honest side keep its share?

mod game;
mod pictures;

use anyhow::Result;
use indicatif::ProgressBar;
use yuma::Params;

use self::game::{Game, Moves};
use super::grid;
use crate::contour::{stays_positive_from, Surface};
use crate::economy::Variant;
use crate::report::{percent, Cell, Picture, Report, Table};

const KAPPAS: [f64; 3] = [0.4, 0.5, 0.6];
/// How much the weights that one side gives differ, as a relative standard deviation.
const SPREADS: [f64; 3] = [0.0, 0.2, 0.4];
const USUAL_SPREAD: f64 = 0.2;
/// A gain below this is rounding, not a guarantee.
const NO_GAIN: f64 = 1e-6;
const HONEST_STAKES: [f64; 6] = [0.51, 0.55, 0.6, 0.7, 0.8, 0.9];

pub fn run(progress: &ProgressBar) -> Result<Report> {
    progress.inc_length((KAPPAS.len() + 6 * HONEST_STAKES.len()) as u64);
    let surface = |kappa: &f64| guarantee_surface(*kappa, progress);
    let surfaces: Vec<Surface> = KAPPAS.iter().map(surface).collect::<Result<_>>()?;
    let map = |variant, kappa, spread| Retention::map(variant, kappa, spread, progress);
    let by_spread = SPREADS.iter().map(|spread| map(Variant::Classic, 0.5, *spread));
    let mut maps: Vec<Retention> = by_spread.collect::<Result<_>>()?;
    let picture = pictures::retention(&maps)?;
    maps.push(map(Variant::Classic, 0.4, USUAL_SPREAD)?);
    maps.push(map(Variant::Classic, 0.6, USUAL_SPREAD)?);
    maps.push(map(Variant::Yuma3, 0.5, USUAL_SPREAD)?);
    Ok(Report {
        name: "guarantee",
        tables: vec![retained_table()?, needed_table(&maps)],
        pictures: vec![
            Picture { file: "guarantee.svg", svg: pictures::guarantee(&surfaces)? },
            Picture { file: "retention.svg", svg: picture },
        ],
    })
}

fn params(variant: Variant, kappa: f64) -> Params {
    Params { kappa: (kappa * 65_535.0) as u16, ..variant.params() }
}

/// Honest stake by honest utility: the honest share of emission while the cabal gives all to its own.
fn guarantee_surface(kappa: f64, progress: &ProgressBar) -> Result<Surface> {
    let game = Game::new(USUAL_SPREAD, params(Variant::Classic, kappa));
    let surface = Surface::sample(grid(0.3, 1.0, 35), grid(0.0, 1.0, 20), |honest_stake, honest_utility| {
        game.honest_emission(Moves { honest_stake, honest_utility, cabal_self_weight: 1.0 })
    })?;
    progress.inc(1);
    Ok(surface)
}

/// Where honest sides keep their share.
struct Retention {
    name: String,
    /// For each of [`HONEST_STAKES`], over honest utility by the cabal's self-weight: by how much the honest share of
    /// emission exceeds the honest share of stake.
    gains: Vec<Surface>,
}

impl Retention {
    fn map(variant: Variant, kappa: f64, spread: f64, progress: &ProgressBar) -> Result<Self> {
        let game = Game::new(spread, params(variant, kappa));
        let name = format!("{}\nkappa {kappa}\nspread {}", variant.name(), percent(spread));
        let surface = |honest_stake: &f64| {
            let gain = |honest_utility, cabal_self_weight| {
                let moves = Moves { honest_stake: *honest_stake, honest_utility, cabal_self_weight };
                Ok(game.honest_emission(moves)? - honest_stake - NO_GAIN)
            };
            let surface = Surface::sample(grid(0.5, 1.0, 16), grid(0.0, 1.0, 10), gain);
            progress.inc(1);
            surface
        };
        Ok(Self { name, gains: HONEST_STAKES.iter().map(surface).collect::<Result<_>>()? })
    }

    /// The utility from which on the honest side keeps its share at any self-weight of the cabal; `None`: at no utility.
    fn needed(&self, stake: usize) -> Option<f64> {
        let surface = &self.gains[stake];
        let safe_from = |gains: &Vec<f64>| stays_positive_from(&surface.x, gains);
        surface.heights.iter().map(safe_from).try_fold(0.0, |worst: f64, needed| Some(worst.max(needed?)))
    }
}

fn retained_table() -> Result<Table> {
    let game = Game::new(USUAL_SPREAD, params(Variant::Classic, 0.5));
    let utilities = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    let title = "Honest share of emission, by honest stake and honest utility (cabal votes for itself, kappa 0.5)";
    let columns = utilities.map(|utility| format!("utility\n{}", percent(utility)));
    let mut table = Table::new(title, "honest stake", columns);
    for honest_stake in [0.4, 0.51, 0.6, 0.7, 0.8, 0.9] {
        let share = |honest_utility: &f64| {
            let moves = Moves { honest_stake, honest_utility: *honest_utility, cabal_self_weight: 1.0 };
            Ok(Cell::Percent(game.honest_emission(moves)?))
        };
        table.push(percent(honest_stake), utilities.iter().map(share).collect::<Result<Vec<_>>>()?);
    }
    Ok(table)
}

fn needed_table(maps: &[Retention]) -> Table {
    let title = "Honest utility that keeps the honest share of stake, whatever the cabal gives to itself";
    let mut table = Table::new(title, "honest stake", maps.iter().map(|map| map.name.clone()));
    for (place, stake) in HONEST_STAKES.iter().enumerate() {
        let cell = |map: &Retention| map.needed(place).map_or(Cell::Text("never"), Cell::Percent);
        table.push(percent(*stake), maps.iter().map(cell));
    }
    table
}
