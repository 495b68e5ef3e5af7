//! Keeps the tables that a page quotes equal to what the commands print.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::report::Table;

const OPEN: &str = "```text";
const CLOSE: &str = "```";

/// `docs/PAGE` of the project in which the command runs; the page lies beside it.
///
/// # Errors
/// Says what to do when there is no such project around the working directory.
pub fn folder(page: &str) -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let folders = here.ancestors().map(|ancestor| ancestor.join("docs").join(page));
    let has_page = |folder: &PathBuf| Path::new(folder).with_extension("md").exists();
    folders
        .into_iter()
        .find(has_page)
        .with_context(|| format!("no docs/{page}.md here or above; run this within the project or give --out"))
}

/// The page with every fenced `text` block renewed from the table whose title is the block's first line.
///
/// # Errors
/// Names a block that quotes no table.
pub fn renew(page: &str, tables: &[&Table]) -> Result<String> {
    let mut renewed = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        renewed += line;
        renewed += "\n";
        if line == OPEN {
            let title = lines.next().unwrap_or_default();
            let table = tables.iter().find(|table| table.title == title);
            renewed += &table.with_context(|| format!("no command prints a table titled `{title}`"))?.text();
            renewed += CLOSE;
            renewed += "\n";
            lines.by_ref().find(|line| *line == CLOSE);
        }
    }
    Ok(renewed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quoted_tables_change() {
        let table = Table::new("Title", "who", ["pay".into()]);
        let page = |body: &str| format!("# Page\n\n```text\nTitle\n{body}```\n\n```sh\nTitle\n```\n");
        assert_eq!(renew(&page("old\n"), &[&table]).unwrap(), page(&table.text()["Title\n".len()..]));
    }

    #[test]
    fn a_block_that_quotes_no_table_is_refused_by_its_title() {
        let refused = renew("```text\nInvented\n```\n", &[]).unwrap_err();
        assert!(refused.to_string().contains("`Invented`"));
    }
}
