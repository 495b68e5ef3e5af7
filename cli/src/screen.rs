//! A subnet's table on the whole terminal, redrawn in place.

use crate::neurons::{FIRST_NUMBER, HEADER};
use anyhow::Result;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, LineGauge, Paragraph, Row, Table, Wrap};
use ratatui::{DefaultTerminal, Frame};
use std::time::Duration;

/// Columns that go first where the terminal is narrow, by their place in [`HEADER`].
const DISPENSABLE: [usize; 4] = [10, 7, 8, 3];
/// Cells between two columns where there is room for all of them, and where there is not.
const WIDE: u16 = 2;
const NARROW: u16 = 1;

/// Owns the terminal until it is dropped.
pub struct Screen {
    terminal: DefaultTerminal,
}

/// All that is shown at one moment.
pub struct View {
    pub title: String,
    /// How far the epoch has come, from 0 to 1.
    pub progress: f64,
    pub status: String,
    /// Cells in the order of [`HEADER`], with the row's colour.
    pub rows: Vec<(Color, Vec<String>)>,
    pub notes: Vec<Line<'static>>,
    pub footer: String,
}

impl Screen {
    pub fn open() -> Result<Self> {
        Ok(Self { terminal: ratatui::try_init()? })
    }

    pub fn draw(&mut self, view: &View) -> Result<()> {
        self.terminal.draw(|frame| render(frame, view))?;
        Ok(())
    }

    /// Whether q, Escape or Ctrl-C was pressed since the last call.
    pub fn quit_asked(&self) -> Result<bool> {
        let mut asked = false;
        while event::poll(Duration::ZERO)? {
            if let Event::Key(key) = event::read()? {
                asked |= means_quit(key);
            }
        }
        Ok(asked)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

fn means_quit(key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}

fn render(frame: &mut Frame, view: &View) {
    let table_height = view.rows.len() as u16 + 3;
    let layout = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(table_height),
        Constraint::Fill(1),
        Constraint::Length(1),
    ]);
    let [title, gauge, table, notes, footer] = layout.areas(frame.area());
    frame.render_widget(Line::from(view.title.clone()).bold(), title);
    frame.render_widget(progress(view), gauge);
    frame.render_widget(self::table(view, table), table);
    frame.render_widget(Paragraph::new(Text::from(view.notes.clone())).wrap(Wrap { trim: false }), notes);
    frame.render_widget(Line::from(view.footer.clone()).dim(), footer);
}

fn progress(view: &View) -> LineGauge<'_> {
    let filled = Style::new().fg(Color::Cyan);
    LineGauge::default().ratio(view.progress.clamp(0.0, 1.0)).label(view.status.as_str()).filled_style(filled)
}

fn table(view: &View, area: Rect) -> Table<'static> {
    let widths = widths(view);
    let (columns, spacing) = columns_that_fit(&widths, area.width.saturating_sub(2));
    let cells = |row: &[String]| -> Vec<Text<'static>> {
        columns.iter().map(|column| Text::from(row[*column].clone()).alignment(alignment(*column))).collect()
    };
    let header = Row::new(cells(&HEADER.map(str::to_owned))).bold();
    let rows: Vec<Row> = view.rows.iter().map(|(colour, row)| Row::new(cells(row)).fg(*colour)).collect();
    let constraints = columns.iter().map(|column| Constraint::Length(widths[*column]));
    let block = Block::bordered().border_style(Style::new().dim());
    Table::new(rows, constraints).header(header).column_spacing(spacing).block(block)
}

fn alignment(column: usize) -> Alignment {
    if column < FIRST_NUMBER {
        Alignment::Left
    } else {
        Alignment::Right
    }
}

fn widths(view: &View) -> Vec<u16> {
    let rows = view.rows.iter().map(|(_, row)| row);
    let widest = |column: usize| rows.clone().map(|row| row[column].chars().count()).max().unwrap_or(0);
    HEADER.iter().enumerate().map(|(column, name)| widest(column).max(name.len()) as u16).collect()
}

/// The columns that fit, and the cells between them.
fn columns_that_fit(widths: &[u16], available: u16) -> (Vec<usize>, u16) {
    let needed = |columns: &[usize], spacing: u16| -> u16 {
        columns.iter().map(|column| widths[*column] + spacing).sum::<u16>().saturating_sub(spacing)
    };
    let mut columns: Vec<usize> = (0..widths.len()).collect();
    if needed(&columns, WIDE) <= available {
        return (columns, WIDE);
    }
    for dispensable in DISPENSABLE {
        if needed(&columns, NARROW) <= available {
            break;
        }
        columns.retain(|column| *column != dispensable);
    }
    (columns, NARROW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::backend::TestBackend;
    use ratatui::Terminal;

    fn drawn(width: u16, height: u16) -> String {
        let cells =
            ["0", "5Grw…utQY", "validator charlie", "10000.0000", "0.0000", "0.5000", "1.0000", "0.0000", "0.0000"];
        let mut row: Vec<String> = cells.map(str::to_owned).into();
        row.extend(["4.1000".into(), "now".into()]);
        let view = View {
            title: "Plexus, subnet 1".into(),
            progress: 0.5,
            status: "block 7".into(),
            rows: vec![(Color::Reset, row); 7],
            notes: vec![Line::from("a note")],
            footer: "q quits".into(),
        };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| render(frame, &view)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn a_wide_terminal_shows_every_column() {
        let screen = drawn(120, 30);
        for part in HEADER.iter().chain(&["Plexus, subnet 1", "block 7", "a note", "q quits", "5Grw…utQY"]) {
            assert!(screen.contains(part), "{part} is missing in\n{screen}");
        }
    }

    #[test]
    fn a_narrow_terminal_gives_up_the_least_telling_columns_and_no_cell_is_cut() {
        let screen = drawn(80, 24);
        for part in ["uid", "5Grw…utQY", "validator charlie", "10000.0000", "incentive", "4.1000", "q quits"] {
            assert!(screen.contains(part), "{part} is missing in\n{screen}");
        }
        assert!(!screen.contains("last seen"), "{screen}");
    }

    #[test]
    fn any_size_can_be_drawn() {
        for (width, height) in [(1, 1), (3, 40), (200, 2)] {
            drawn(width, height);
        }
    }

    #[test]
    fn q_escape_and_control_c_quit() {
        let key = |code, modifiers| means_quit(KeyEvent::new(code, modifiers));
        assert!(key(KeyCode::Char('q'), KeyModifiers::NONE));
        assert!(key(KeyCode::Esc, KeyModifiers::NONE));
        assert!(key(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert!(!key(KeyCode::Char('c'), KeyModifiers::NONE));
    }
}
