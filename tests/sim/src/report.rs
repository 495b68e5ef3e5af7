//! What an experiment found: tables to read, pictures to look at.

use std::fmt;

use comfy_table::{presets, CellAlignment, ContentArrangement, Table as Grid};
use serde_json::{json, Value};

/// One experiment's result.
pub struct Report {
    pub name: &'static str,
    pub tables: Vec<Table>,
    pub pictures: Vec<Picture>,
}

/// A picture and the file that it belongs in.
pub struct Picture {
    pub file: &'static str,
    pub svg: String,
}

/// What stands in a table. Ratios are kept whole and shown in per cent.
pub enum Cell {
    Text(&'static str),
    /// A ratio, shown with one decimal.
    Percent(f64),
    /// A ratio, shown as its signed distance from one.
    Change(f64),
    /// A number and how many decimals are shown.
    Number(f64, usize),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Percent(ratio) => f.write_str(&percent(*ratio)),
            Self::Change(ratio) => write!(f, "{:+.1} %", unsigned_zero((ratio - 1.0) * 100.0, 0.05)),
            Self::Number(value, decimals) => write!(f, "{value:.decimals$}"),
        }
    }
}

impl Cell {
    fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Percent(value) | Self::Change(value) | Self::Number(value, _) => json!(value),
        }
    }
}

/// Named rows of figures under a title that no other table has.
pub struct Table {
    pub title: String,
    /// What the rows are, then what the figures are. A name may have several lines.
    columns: Vec<String>,
    rows: Vec<(String, Vec<Cell>)>,
}

impl Table {
    /// `rows`: what the names of the rows are; `figures`: what the columns are.
    pub fn new(title: &str, rows: &str, figures: impl IntoIterator<Item = String>) -> Self {
        Self { title: title.into(), columns: [rows.to_string()].into_iter().chain(figures).collect(), rows: vec![] }
    }

    pub fn push(&mut self, name: impl Into<String>, figures: impl IntoIterator<Item = Cell>) {
        self.rows.push((name.into(), figures.into_iter().collect()));
    }

    fn body(&self) -> String {
        let mut grid = Grid::new();
        grid.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(&self.columns);
        for (name, figures) in &self.rows {
            grid.add_row([name.clone()].into_iter().chain(figures.iter().map(Cell::to_string)));
        }
        for column in grid.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        grid.trim_fmt()
    }

    /// Title and table, as the commands print them and the page quotes them.
    pub fn text(&self) -> String {
        let lines = self.body();
        let trimmed: Vec<&str> = lines.lines().map(str::trim_end).collect();
        format!("{}\n\n{}\n", self.title, trimmed.join("\n"))
    }

    fn json(&self) -> Value {
        let columns: Vec<String> = self.columns.iter().map(|name| name.replace('\n', ", ")).collect();
        let figures = |cells: &[Cell]| cells.iter().map(Cell::json).collect::<Vec<_>>();
        let row = |(name, cells): &(String, Vec<Cell>)| json!({ "name": name, "figures": figures(cells) });
        json!({ "title": self.title, "columns": columns, "rows": self.rows.iter().map(row).collect::<Vec<_>>() })
    }
}

impl Report {
    /// All tables, as the command prints them.
    pub fn text(&self) -> String {
        self.tables.iter().map(Table::text).collect::<Vec<_>>().join("\n")
    }

    /// What to write into a folder: the tables as one file of text, and each picture. File names and contents.
    pub fn files(&self) -> Vec<(String, String)> {
        let pictures = self.pictures.iter().map(|picture| (picture.file.to_string(), picture.svg.clone()));
        [(format!("{}.txt", self.name), self.text())].into_iter().chain(pictures).collect()
    }

    /// `{"experiment", "tables": [{"title", "columns", "rows": [{"name", "figures"}]}]}`; ratios are plain numbers.
    pub fn json(&self) -> Value {
        let tables: Vec<Value> = self.tables.iter().map(Table::json).collect();
        json!({ "experiment": self.name, "tables": tables })
    }
}

/// A ratio in per cent, with one decimal.
pub fn percent(ratio: f64) -> String {
    format!("{:.1} %", unsigned_zero(ratio * 100.0, 0.05))
}

/// A ratio in per cent, without decimals.
pub fn whole_percent(ratio: f64) -> String {
    format!("{:.0} %", unsigned_zero(ratio * 100.0, 0.5))
}

/// What rounds to zero carries no sign.
fn unsigned_zero(value: f64, half_step: f64) -> f64 {
    if value.abs() < half_step {
        0.0
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_zero_has_no_minus() {
        assert_eq!(percent(-0.0004), "0.0 %");
        assert_eq!(Cell::Change(0.9996).to_string(), "+0.0 %");
        assert_eq!(Cell::Change(0.9994).to_string(), "-0.1 %");
        assert_eq!(whole_percent(-0.004), "0 %");
    }

    #[test]
    fn figures_are_aligned_to_the_right_and_no_line_has_trailing_space() {
        let mut table = Table::new("Title", "who", ["pay\nclassic".into()]);
        table.push("a", [Cell::Number(1.0, 0)]);
        table.push("b", [Cell::Percent(1.0)]);
        assert_eq!(table.text(), "Title\n\n who      pay\n      classic\n a          1\n b    100.0 %\n");
    }
}
