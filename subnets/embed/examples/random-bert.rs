//! Writes a small BERT with random weights, to try the subnet with:
//! `cargo run --release -p subnet-embed --example random-bert -- FOLDER`

use std::error::Error;
use std::path::Path;
use subnet::Seed;
use subnet_embed::random::{write, Shape};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("say into which folder")?;
    std::fs::create_dir_all(&folder)?;
    Ok(write(Path::new(&folder), Seed([1; 32]), Shape::default())?)
}
