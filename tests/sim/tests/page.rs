//! What is committed under `docs` is what the commands print and draw.

use std::fs;

use indicatif::ProgressBar;
use sim::report::{Report, Table};
use sim::{experiments, page};

const RENEW: &str = "if the change is meant, renew it with: cargo run --release -p sim -- all";

#[test]
fn pictures_tables_and_page_are_what_the_commands_make() {
    let folder = page::folder().expect("the tests run within the project");
    let progress = ProgressBar::hidden();
    let reports: Vec<Report> = experiments::ALL.iter().map(|run| run(&progress).expect("it runs")).collect();
    for (file, made) in reports.iter().flat_map(Report::files) {
        let committed = fs::read_to_string(folder.join(&file)).unwrap_or_default();
        assert!(committed == made, "docs/yuma/{file} is not what the command makes; {RENEW}");
    }
    let tables: Vec<&Table> = reports.iter().flat_map(|report| &report.tables).collect();
    let text = fs::read_to_string(folder.with_extension("md")).expect("the page is there");
    let renewed = page::renew(&text, &tables).expect("the page quotes known tables");
    assert!(text == renewed, "docs/yuma.md quotes old tables; {RENEW}");
}

#[test]
fn each_figure_in_the_page_stands_in_a_table_of_its_section() {
    let folder = page::folder().expect("the tests run within the project");
    let text = fs::read_to_string(folder.with_extension("md")).expect("the page is there");
    let sections = text.split("\n## ").filter(|section| section.contains("```text"));
    let mut checked = 0;
    for section in sections {
        let (prose, tables) = parts(section);
        let known: Vec<&str> = numbers(&tables).collect();
        for number in numbers(&prose) {
            assert!(known.contains(&number), "{number} stands in no table under `{}`", section.lines().next().unwrap());
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} figures found: does this test still read the page?");
}

#[test]
fn the_page_shows_every_picture_and_names_every_command() {
    let folder = page::folder().expect("the tests run within the project");
    let text = fs::read_to_string(folder.with_extension("md")).expect("the page is there");
    let pictures = fs::read_dir(&folder).expect("the folder can be listed").map(|entry| entry.unwrap().file_name());
    for file in pictures.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(".svg")) {
        assert!(text.contains(&format!("](yuma/{file})")), "docs/yuma.md does not show {file}");
    }
    for command in ["guarantee", "copier", "movers", "economy", "all"] {
        assert!(text.contains(&format!("cargo run --release -p sim -- {command}")), "docs/yuma.md misses {command}");
    }
}

/// Prose and fenced tables of a section; commands and pictures are neither.
fn parts(section: &str) -> (String, String) {
    let (mut prose, mut tables, mut fence) = (String::new(), String::new(), None);
    for line in section.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(kind), None) => fence = Some(kind),
            (Some(_), Some(_)) => fence = None,
            (None, Some("text")) => tables += &format!("{line}\n"),
            (None, None) if !line.starts_with("![") => prose += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    (prose, tables)
}

/// All numbers of a text, without their signs: minus and plus are words in prose. Names such as `Yuma 3` do not count.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    parts.map(|part| part.trim_matches('.')).filter(|part| part.contains(|letter: char| letter.is_ascii_digit()))
}
