//! Measures what the check of an answer lets pass, honest and not, and what it costs; renews docs/verification.md.
//!
//! `make verification`, or the cost for one model alone:
//! `cargo run --release -p subnet-text --example verification -- cost FOLDER [q8_0]`

mod cost;
mod models;
mod passing;

use std::error::Error;
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/verification.md";
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let args = std::env::args().skip(1).collect::<Vec<_>>();
    if let [verb, folder, format @ ..] = args.as_slice() {
        if verb != "cost" {
            return Err("say `cost FOLDER [FORMAT]`, or nothing to measure all".into());
        }
        let format = format.first().map(|name| name.parse()).transpose()?;
        println!("{}", cost::table(&[cost::Subject { name: folder, folder: Path::new(folder), format }]).await?);
        return Ok(());
    }
    let shipped = Path::new(models::SHIPPED);
    let subjects = [None, Some(inference::Format::Q8_0)].map(|format| cost::Subject {
        name: if format.is_some() { "models/tiny, q8_0" } else { "models/tiny" },
        folder: shipped,
        format,
    });
    renew("cost", &cost::table(&subjects).await?)?;
    renew("passing", &passing::table().await?)
}

/// Puts `table` between the page's markers of this name, and prints it.
fn renew(name: &str, table: &str) -> Result<()> {
    println!("{table}\n");
    let page = fs::read_to_string(PAGE)?;
    let [begin, end] = ["begin", "end"].map(|side| format!("<!-- {side} {name} -->\n"));
    let (before, rest) = page.split_once(&begin).ok_or("docs/verification.md lacks a marker")?;
    let (_, after) = rest.split_once(&end).ok_or("docs/verification.md lacks a marker")?;
    Ok(fs::write(PAGE, format!("{before}{begin}{table}\n{end}{after}"))?)
}
