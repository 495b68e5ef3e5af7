//! Earnings over time, over speed, and over seats.

use super::cast::PRICE;
use super::seats::Split;
use super::wages::Wages;
use super::EPOCHS;
use crate::contour::Point;
use crate::plot::{Axis, Figure, Line, Look, Panel, PALETTE};

const FASTEST: Look = Look { color: PALETTE[0], width: 6 };
const SLOWEST: Look = Look { color: PALETTE[5], width: 6 };
const CHEATS: Look = Look { color: PALETTE[1], width: 6 };
const ONE_CPU: Look = Look { color: PALETTE[3], width: 6 };
const ONE_GPU: Look = Look { color: PALETTE[4], width: 6 };
const OWN: Look = Look { color: PALETTE[2], width: 6 };

pub fn figure(wages: &Wages, splits: &[Split]) -> Figure {
    let legend = [
        ("the fastest honest miner", FASTEST),
        ("one half as fast", SLOWEST),
        ("all cheats, seats paid", CHEATS),
        ("one CPU", ONE_CPU),
        ("one GPU", ONE_GPU),
        ("a GPU each", OWN),
    ];
    Figure {
        title: "What honest work, cheating and more seats than machines earn",
        legend: legend.map(|(name, look)| (name.into(), look)).to_vec(),
        columns: 2,
        panel_size: (930, 620),
        panels: vec![time(wages), seats(splits)],
    }
}

fn time(wages: &Wages) -> Panel {
    let [fastest, slowest, cheats] = &wages.stories;
    let points = |story: &[f64], price: f64| -> Vec<Point> {
        (1..).zip(story).map(|(epoch, earned)| (f64::from(epoch), earned - price)).collect()
    };
    let all = PRICE * wages.cheats.len() as f64;
    let top = fastest.last().copied().unwrap_or(1.0);
    Panel {
        title: "over time".into(),
        x: Axis::whole("epoch", 0.0..EPOCHS as f64, 6),
        y: Axis::whole("tokens, less what the seats cost", -all..top * 1.05, 8),
        tinted: vec![],
        lines: vec![
            Line { look: FASTEST, points: points(fastest, PRICE) },
            Line { look: SLOWEST, points: points(slowest, PRICE) },
            Line { look: CHEATS, points: points(cheats, all) },
        ],
    }
}

fn seats(splits: &[Split]) -> Panel {
    let line = |look: Look, earned: fn(&Split) -> f64| {
        let left = |split: &Split| (split.seats as f64, earned(split) - PRICE * split.seats as f64);
        Line { look, points: splits.iter().map(left).collect() }
    };
    let lines =
        vec![line(OWN, |split| split.machines), line(ONE_GPU, |split| split.gpu), line(ONE_CPU, |split| split.cpu)];
    let ends = lines.iter().flat_map(|line| &line.points).map(|point| point.1);
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    Panel {
        title: "by seats".into(),
        x: Axis::whole("seats", 0.0..64.0, 9),
        y: Axis::whole("tokens, less what the seats cost", low..high * 1.05, 8),
        tinted: vec![],
        lines,
    }
}
