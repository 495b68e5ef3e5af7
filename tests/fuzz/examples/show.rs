//! Prints the subnet that a file found by the target `epoch` stands for, as Rust writes it.

use arbitrary::Unstructured;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of the corpus, or one that breaks a law")?;
    let (input, params) = fuzz::subnet::subnet(&mut Unstructured::new(&std::fs::read(path)?))?;
    println!("{input:?}\n{params:?}");
    Ok(())
}
