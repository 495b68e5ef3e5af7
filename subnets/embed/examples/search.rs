//! Ranks the lines of a file by how near they are to a query:
//! `cargo run --release -p subnet-embed --example search -- MODEL FILE QUERY`

use std::error::Error;
use std::path::Path;
use subnet_embed::{cosine, Encoder};

const SHOWN: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [model, file, query] = &arguments[..] else { return Err("say MODEL FILE QUERY".into()) };
    let encoder = Encoder::load(Path::new(model), None)?;
    let text = std::fs::read_to_string(file)?;
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).map(String::from).collect();
    let wanted = encoder.encode(std::slice::from_ref(query))?.concat();
    let vectors = encoder.encode(&lines)?;
    let mut ranked: Vec<_> = vectors.iter().map(|vector| cosine(vector, &wanted)).zip(lines).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.iter().take(SHOWN).for_each(|(similarity, line)| println!("{similarity:.4}  {line}"));
    Ok(())
}
