//! Draws panels of lines as SVG: no system fonts, the same bytes everywhere.

use std::ops::Range;

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::contour::Point;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const INK: RGBColor = RGBColor(34, 34, 34);
const GRID: RGBColor = RGBColor(228, 228, 228);
const TINT: RGBColor = RGBColor(0, 158, 115);
const FONT: &str = "sans-serif";
/// Height of the strip with title and legend, in pixels.
const HEAD: u32 = 120;
/// Within a panel: its title's height, the space for the numbers on the left, and what else stays empty.
const TITLE: u32 = 56;
const LEFT: u32 = 110;
const RIGHT: u32 = 44;
const MARGIN: u32 = 16;

/// Colours that people who see colours differently can tell apart (Okabe and Ito's).
pub const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// From dark violet over green to yellow, for lines that stand in an order; `place` is in [0, 1].
pub fn ordered(place: f64) -> RGBColor {
    const STOPS: [[f64; 3]; 5] =
        [[68.0, 1.0, 84.0], [59.0, 82.0, 139.0], [33.0, 145.0, 140.0], [94.0, 190.0, 90.0], [225.0, 195.0, 30.0]];
    let scaled = place * (STOPS.len() - 1) as f64;
    let stop = (scaled as usize).min(STOPS.len() - 2);
    let way = scaled - stop as f64;
    let [red, green, blue] =
        [0, 1, 2].map(|part| STOPS[stop][part] + way * (STOPS[stop + 1][part] - STOPS[stop][part]));
    RGBColor(red as u8, green as u8, blue as u8)
}

/// How a line looks; `width` is in pixels of a picture that is shown at half its size.
#[derive(Clone, Copy)]
pub struct Look {
    pub color: RGBColor,
    pub width: u32,
}

impl Look {
    pub fn new(color: RGBColor, width: u32) -> Self {
        Self { color, width }
    }

    fn style(self) -> ShapeStyle {
        self.color.stroke_width(self.width)
    }
}

pub struct Line {
    pub look: Look,
    pub points: Vec<Point>,
}

pub struct Axis {
    label: &'static str,
    range: Range<f64>,
    /// About how many numbers stand along it.
    ticks: usize,
    number: fn(&f64) -> String,
}

impl Axis {
    /// For ratios, which it shows in per cent.
    pub fn percent(label: &'static str, range: Range<f64>, ticks: usize) -> Self {
        // Adding zero turns a negative zero into a positive one.
        Self { label, range, ticks, number: |ratio| format!("{} %", (ratio * 100.0).round() + 0.0) }
    }

    pub fn whole(label: &'static str, range: Range<f64>, ticks: usize) -> Self {
        Self { label, range, ticks, number: |value| format!("{value:.0}") }
    }
}

pub struct Panel {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    /// An area in a light tint; may be empty.
    pub tinted: Vec<Point>,
    pub lines: Vec<Line>,
}

/// Panels of one size in rows, under a title and one legend for all of them.
pub struct Figure {
    pub title: &'static str,
    pub legend: Vec<(String, Look)>,
    pub columns: usize,
    pub panel_size: (u32, u32),
    pub panels: Vec<Panel>,
}

impl Figure {
    /// The picture as SVG text.
    ///
    /// # Errors
    /// Those of the drawing library; none are known to arise when it draws into memory.
    pub fn svg(&self) -> Result<String> {
        let rows = self.panels.len().div_ceil(self.columns);
        let size = (self.panel_size.0 * self.columns as u32, self.panel_size.1 * rows as u32 + HEAD);
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            root.fill(&WHITE)?;
            let (head, body) = root.split_vertically(HEAD);
            self.draw_head(&head, size.0 as i32)?;
            for (area, panel) in body.split_evenly((rows, self.columns)).iter().zip(&self.panels) {
                panel.draw(area)?;
            }
            root.present()?;
        }
        Ok(svg)
    }

    fn draw_head(&self, head: &Area, width: i32) -> Result<()> {
        head.draw(&Text::new(self.title, (width / 2, 36), words(34, HPos::Center)))?;
        let entry_width = |name: &str| 90 + 12 * name.chars().count() as i32;
        let total: i32 = self.legend.iter().map(|(name, _)| entry_width(name)).sum();
        let (mut left, middle) = ((width - total) / 2, 92);
        for (name, look) in &self.legend {
            head.draw(&PathElement::new([(left, middle), (left + 50, middle)], look.style()))?;
            head.draw(&Text::new(name.as_str(), (left + 60, middle), words(24, HPos::Left)))?;
            left += entry_width(name);
        }
        Ok(())
    }
}

impl Panel {
    fn draw(&self, area: &Area) -> Result<()> {
        let mut chart = ChartBuilder::on(area)
            .margin(MARGIN)
            .margin_right(RIGHT)
            .margin_top(TITLE)
            .x_label_area_size(76)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(self.x.range.clone(), self.y.range.clone())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(2))
            .axis_style(INK)
            .x_labels(self.x.ticks)
            .y_labels(self.y.ticks)
            .x_label_formatter(&self.x.number)
            .y_label_formatter(&self.y.number)
            .label_style((FONT, 23).into_font().color(&INK))
            .axis_desc_style((FONT, 25).into_font().color(&INK))
            .x_desc(self.x.label)
            .y_desc(self.y.label)
            .draw()?;
        let plane = chart.plotting_area();
        let middle = (LEFT as i32 + area.dim_in_pixel().0 as i32 - (RIGHT - MARGIN) as i32) / 2;
        area.draw(&Text::new(self.title.as_str(), (middle, TITLE as i32 / 2), words(27, HPos::Center)))?;
        plane.draw(&Polygon::new(self.tinted.clone(), TINT.mix(0.15)))?;
        for line in &self.lines {
            plane.draw(&PathElement::new(line.points.clone(), line.look.style()))?;
        }
        Ok(())
    }
}

fn words(size: i32, anchor: HPos) -> TextStyle<'static> {
    (FONT, size).into_font().color(&INK).pos(Pos::new(anchor, VPos::Center))
}
