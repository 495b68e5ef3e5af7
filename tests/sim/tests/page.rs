//! What is committed under `docs` is what the commands print and draw.

use std::fs;

use indicatif::ProgressBar;
use sim::report::{Report, Table};
use sim::{experiments, page};

const RENEW: &str = "if the change is meant, renew it with: cargo run --release -p sim -- all";

#[test]
fn pictures_tables_and_pages_are_what_the_commands_make() {
    let progress = ProgressBar::hidden();
    for (page, runs) in experiments::PAGES {
        let folder = page::folder(page).expect("the tests run within the project");
        let reports: Vec<Report> = runs.iter().map(|run| run(&progress).expect("it runs")).collect();
        for (file, made) in reports.iter().flat_map(Report::files) {
            let committed = fs::read_to_string(folder.join(&file)).unwrap_or_default();
            assert!(committed == made, "docs/{page}/{file} is not what the command makes; {RENEW}");
        }
        let tables: Vec<&Table> = reports.iter().flat_map(|report| &report.tables).collect();
        let text = text(page);
        let renewed = page::renew(&text, &tables).expect("the page quotes known tables");
        assert!(text == renewed, "docs/{page}.md quotes old tables; {RENEW}");
    }
}

#[test]
fn each_figure_in_a_page_stands_in_a_table_of_its_section() {
    let texts = experiments::PAGES.map(|(page, _)| text(page));
    let sections = texts.iter().flat_map(|text| text.split("\n## ")).filter(|section| section.contains("```text"));
    let mut checked = 0;
    for section in sections {
        let (prose, tables) = parts(section);
        let known: Vec<&str> = numbers(&tables).collect();
        for number in numbers(&prose) {
            assert!(known.contains(&number), "{number} stands in no table under `{}`", section.lines().next().unwrap());
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} figures found: does this test still read the pages?");
}

#[test]
fn the_pages_show_every_picture_and_name_every_command() {
    for (page, _) in experiments::PAGES {
        let folder = page::folder(page).expect("the tests run within the project");
        let pictures = fs::read_dir(&folder).expect("the folder can be listed").map(|entry| entry.unwrap().file_name());
        for file in pictures.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(".svg")) {
            assert!(text(page).contains(&format!("]({page}/{file})")), "docs/{page}.md does not show {file}");
        }
    }
    let all = experiments::PAGES.map(|(page, _)| text(page)).concat();
    for command in ["guarantee", "copier", "movers", "economy", "honesty", "all"] {
        assert!(all.contains(&format!("cargo run --release -p sim -- {command}")), "no page names {command}");
    }
}

fn text(page: &str) -> String {
    let folder = page::folder(page).expect("the tests run within the project");
    fs::read_to_string(folder.with_extension("md")).expect("the page is there")
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
