//! The two pictures of the guarantee.

use anyhow::Result;

use super::{Retention, HONEST_STAKES, KAPPAS, NO_GAIN, SPREADS};
use crate::contour::{stays_positive_from, Point, Surface};
use crate::plot::{ordered, Axis, Figure, Line, Look, Panel, PALETTE};
use crate::report::whole_percent;

const LEVELS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const PANEL_SIZE: (u32, u32) = (620, 620);

/// Contours of the honest share of emission, and where it equals the honest share of stake.
pub fn guarantee(surfaces: &[Surface]) -> Result<String> {
    let border = Look::new(PALETTE[1], 7);
    let level = |level: &f64| (whole_percent(*level), Look::new(ordered(*level), 3));
    let mut legend = vec![("share of emission = share of stake".into(), border)];
    legend.extend(LEVELS.iter().map(level));
    let panels = surfaces.iter().zip(KAPPAS).map(|(surface, kappa)| {
        let contour = |level: &f64| lines(Look::new(ordered(*level), 3), surface.contour(*level));
        let retained = surface.minus(|stake, _| stake + NO_GAIN);
        let mut drawn: Vec<Line> = LEVELS.iter().flat_map(contour).collect();
        drawn.extend(lines(border, retained.contour(0.0)));
        Panel {
            title: format!("kappa {kappa}"),
            x: Axis::percent("honest share of stake", 0.3..1.0, 8),
            y: Axis::percent("honest utility", 0.0..1.0, 6),
            tinted: kept(&retained),
            lines: drawn,
        }
    });
    let title = "Honest share of emission when the cabal votes for itself (tinted: honest stake gains)";
    Figure { title, legend, columns: KAPPAS.len(), panel_size: PANEL_SIZE, panels: panels.collect() }.svg()
}

/// For each honest stake, where the honest share of emission equals it; one map for each of [`SPREADS`].
pub fn retention(maps: &[Retention]) -> Result<String> {
    let look = |place: usize| Look::new(ordered(place as f64 / (HONEST_STAKES.len() - 1) as f64), 5);
    let name = |stake: &f64| format!("{} honest", whole_percent(*stake));
    let legend = HONEST_STAKES.iter().enumerate().map(|(place, stake)| (name(stake), look(place))).collect();
    let panels = maps.iter().zip(SPREADS).map(|(map, spread)| Panel {
        title: format!("spread of weights {}", whole_percent(spread)),
        x: Axis::percent("honest utility", 0.5..1.0, 6),
        y: Axis::percent("cabal's weight on itself", 0.0..1.0, 6),
        tinted: vec![],
        lines: map.gains.iter().enumerate().flat_map(|(place, gain)| lines(look(place), gain.contour(0.0))).collect(),
    });
    let title = "Right of its line, an honest side of that stake gains (kappa 0.5)";
    Figure { title, legend, columns: SPREADS.len(), panel_size: PANEL_SIZE, panels: panels.collect() }.svg()
}

fn lines(look: Look, contours: Vec<Vec<Point>>) -> impl Iterator<Item = Line> {
    contours.into_iter().map(move |points| Line { look, points })
}

/// The area above the smallest utilities from which on the honest side gains; stakes that never gain are left out.
fn kept(gain: &Surface) -> Vec<Point> {
    let column = |place: usize| gain.heights.iter().map(|row| row[place]).collect::<Vec<_>>();
    let lowest = |place: usize| Some((gain.x[place], stays_positive_from(&gain.y, &column(place))?));
    let mut border: Vec<Point> =
        (0..gain.x.len()).rev().map(lowest).skip_while(Option::is_none).map_while(|point| point).collect();
    let smallest_stake = border.last().map_or(1.0, |point| point.0);
    border.extend([(smallest_stake, 1.0), (1.0, 1.0)]);
    border
}
