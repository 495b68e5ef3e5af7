//! Small pieces of text that several tables share.

use crate::amount::Tokens;
use comfy_table::{presets, CellAlignment, ContentArrangement, Table};
use primitives::{Amount, BlockNumber, Proportion};

/// A proportion with four decimals, rounded half up: `u16::MAX` is 1.0000.
pub fn share(value: Proportion) -> String {
    let whole = u32::from(Proportion::MAX);
    let ten_thousandths = (u32::from(value) * 10_000 + whole / 2) / whole;
    format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}

/// Tokens with four decimals, rounded down, or a dash for nothing, for tables in which most cells are small.
pub fn brief(amount: Amount) -> String {
    match amount {
        0 => "-".into(),
        amount => format!("{:.4}", Tokens(amount)),
    }
}

/// `5 blocks ago`.
pub fn age(then: BlockNumber, now: BlockNumber) -> String {
    match now.saturating_sub(then) {
        0 => "this block".into(),
        1 => "1 block ago".into(),
        blocks => format!("{blocks} blocks ago"),
    }
}

/// Remote text without the control characters that could drive the terminal.
pub fn printable(text: &str) -> String {
    text.chars().filter(|char| !char.is_control() || matches!(char, '\n' | '\t')).collect()
}

/// A borderless table whose columns from `first_number` on are aligned to the right.
pub fn table(header: &[&str], first_number: usize, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(first_number) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// `name   value` lines.
pub fn facts(rows: impl IntoIterator<Item = (impl Into<String>, String)>) -> String {
    let rows: Vec<(String, String)> = rows.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = rows.iter().map(|(name, value)| format!("{name:width$}  {value}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_four_decimals() {
        let shown: Vec<String> = [0, 1, 3, 32_768, 65_534, u16::MAX].map(share).into();
        assert_eq!(shown, ["0.0000", "0.0000", "0.0000", "0.5000", "1.0000", "1.0000"]);
        assert_eq!(share(4), "0.0001");
    }

    #[test]
    fn ages_are_counted_in_blocks() {
        assert_eq!(
            [age(7, 7), age(7, 8), age(7, 9), age(9, 7)],
            ["this block", "1 block ago", "2 blocks ago", "this block"]
        );
    }

    #[test]
    fn remote_text_cannot_drive_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\r\n\tc\u{9b}1m"), "a[2Jb\n\tc1m");
    }

    #[test]
    fn facts_line_up() {
        assert_eq!(facts([("a", "1".into()), ("long", "2".into())]), "a     1\nlong  2");
    }
}
