//! Measures what the check of an answer lets pass, honest and not, and what it costs; renews docs/verification.md.
//!
//! `make verification` says which other models to take along. What passes with one model alone, and what it costs:
//! `cargo run --release -p subnet-text --example verification -- passing MODEL`, `margins MODEL` or `cost MODEL [q8_0|cuda]`.
//! With `--features inference/cuda` and a GPU, `passing` also holds it against the processor.

mod cost;
mod margins;
mod models;
mod passing;

use inference::Format;
use std::error::Error;
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/verification.md";
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn measure() -> Result<()> {
    let args = std::env::args().skip(1).collect::<Vec<_>>();
    let args = args.iter().map(String::as_str).collect::<Vec<_>>();
    let table =
        match args.as_slice() {
            ["all", early, chat] => return all(Path::new(early), Path::new(chat)).await,
            ["margins", model] => margins::table(Path::new(model), margins::FEW).await?,
            ["passing", model] => passing::of(Path::new(model)).await?,
            ["cost", model, format @ ..] => {
                let device = match format {
                    ["cuda"] => cost::Device::Gpu,
                    _ => cost::Device::Processor(format.first().map(|name| name.parse()).transpose()?),
                };
                cost::table(&[cost::Subject { name: model, folder: Path::new(model), device }]).await?
            }
            _ => return Err(
                "say `all EARLY_CHECKPOINT CHAT_MODEL`, `passing MODEL`, `margins MODEL` or `cost MODEL [FORMAT|cuda]`"
                    .into(),
            ),
        };
    println!("{table}");
    Ok(())
}

async fn all(early: &Path, chat: &Path) -> Result<()> {
    let shipped = Path::new(models::SHIPPED);
    let subject = |name, format| cost::Subject { name, folder: shipped, device: cost::Device::Processor(format) };
    let subjects = [subject("models/tiny", None), subject("models/tiny, q8_0", Some(Format::Q8_0))];
    renew("cost", &cost::table(&subjects).await?)?;
    renew("margins", &margins::table(shipped, margins::MANY).await?)?;
    renew("margins of a chat model", &margins::table(chat, margins::FEW).await?)?;
    renew("passing", &passing::of_shipped(early).await?)?;
    renew("passing of a chat model", &passing::of(chat).await?)
}

fn main() -> Result<()> {
    // Threads that wait for each other spend processor time, which is what the costs are told in.
    inference::use_threads(Some(1));
    measure()
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
