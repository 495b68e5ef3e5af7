//! The curve of the losses as SVG: no system fonts, the same bytes everywhere.

use anyhow::Result;
use plotters::prelude::*;

use crate::evaluate::HeldOut;

const SIZE: (u32, u32) = (1200, 720);
const INK: RGBColor = RGBColor(34, 34, 34);
const GRID: RGBColor = RGBColor(228, 228, 228);
const FONT: &str = "sans-serif";

/// What was measured after a number of steps.
pub struct Measured {
    pub step: usize,
    /// Nats per token of the mixture that is learned, as the mean since the last measurement.
    pub training: f64,
    pub held_out: HeldOut,
}

type Curve = (&'static str, RGBColor, fn(&Measured) -> f64);

/// Colours that people who see colours differently can tell apart (Okabe and Ito's).
const CURVES: [Curve; 5] = [
    ("running text", RGBColor(0, 114, 178), |m| m.held_out.text.loss),
    ("prose", RGBColor(86, 180, 233), |m| m.held_out.prose.loss),
    ("network", RGBColor(213, 94, 0), |m| m.held_out.network.loss),
    ("tasks", RGBColor(0, 158, 115), |m| m.held_out.tasks.loss),
    ("mixture in training", RGBColor(140, 140, 140), |m| m.training),
];

/// Draws the losses of all parts over the steps.
///
/// # Errors
/// Those of the drawing library; none are known to arise when it draws into memory.
pub fn svg(history: &[Measured]) -> Result<String> {
    let last = history.last().map_or(1, |measured| measured.step) as f64;
    let highest = history.iter().flat_map(|m| CURVES.iter().map(|(.., of)| of(m))).fold(1.0, f64::max).ceil();
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(24)
            .caption("Loss on what was held out, nats per token", (FONT, 30).into_font().color(&INK))
            .x_label_area_size(64)
            .y_label_area_size(72)
            .build_cartesian_2d(0.0..last, 0.0..highest)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(2))
            .axis_style(INK)
            .x_label_formatter(&|step| format!("{step:.0}"))
            .y_label_formatter(&|loss| format!("{loss:.0}"))
            .y_labels(highest as usize + 1)
            .label_style((FONT, 22).into_font().color(&INK))
            .x_desc("optimiser steps")
            .draw()?;
        for (name, color, of) in CURVES {
            let points = history.iter().map(|measured| (measured.step as f64, of(measured))).collect::<Vec<_>>();
            let line = PathElement::new(points, color.stroke_width(4));
            let legend = move |(x, y)| PathElement::new([(x, y), (x + 30, y)], color.stroke_width(4));
            chart.draw_series(std::iter::once(line))?.label(name).legend(legend);
        }
        let labels = (FONT, 22).into_font().color(&INK);
        chart.configure_series_labels().legend_area_size(40).background_style(WHITE).label_font(labels).draw()?;
        root.present()?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Score;

    fn measured(step: usize, loss: f64) -> Measured {
        let score = Score { loss, exact: 0, windows: 1 };
        let held_out =
            HeldOut { text: score, text_per_byte: 1.0, network: score, prose: score, tasks: score, kinds: vec![] };
        Measured { step, training: loss, held_out }
    }

    #[test]
    fn every_part_has_a_curve_and_a_name() {
        let svg = svg(&[measured(100, 5.0), measured(200, 3.0)]).unwrap();
        assert!(CURVES.iter().all(|(name, ..)| svg.contains(name)), "{svg}");
        assert!(svg.matches("<polyline").count() >= 2 * CURVES.len());
    }
}
