//! Measures a model on this machine: speed of one stream, cost of a recheck, how well it tells honest from damaged.
//!
//! `RAYON_NUM_THREADS=1 cargo run --release -p inference --example measure -- models/tiny`

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use inference::{damage, DeviceChoice, Evidence, Message, Model, Sampling};

const PROMPTS: usize = 40;
const MAX_TOKENS: usize = 128;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "models/tiny".into());
    let model = Model::load(folder.as_ref(), DeviceChoice::Cpu)?;
    println!("model {} ({}), memory after loading {}", model.name(), &model.id()[..16], resident_memory());
    report("honest", &measure(&model, &model)?);
    for noise in [0.01, 0.02, 0.05, 0.1, 0.2, 0.3] {
        let copy = std::env::temp_dir().join(format!("plexus-measure-{}", std::process::id()));
        damage(folder.as_ref(), &copy, noise, 1)?;
        let damaged = Model::load(Path::new(&copy), DeviceChoice::Cpu)?;
        std::fs::remove_dir_all(&copy)?;
        report(&format!("damaged by {noise}"), &measure(&damaged, &model)?);
    }
    println!("memory at the end {}", resident_memory());
    Ok(())
}

/// The evidence on each answer, and the time spent on all of them.
struct Measured {
    evidence: Vec<Evidence>,
    generating: Duration,
    verifying: Duration,
}

fn measure(miner: &Model, validator: &Model) -> Result<Measured, Box<dyn Error>> {
    let mut measured = Measured { evidence: Vec::new(), generating: Duration::ZERO, verifying: Duration::ZERO };
    for index in 0..PROMPTS {
        let content = format!("My lord, what say you to matter {index} of the crown?");
        let prompt = miner.encode_chat(&[Message { role: "user".into(), content }])?;
        let sampling = Sampling { temperature: 1.0, max_tokens: MAX_TOKENS, noise: [index as u8; 32] };
        let start = Instant::now();
        let answer = miner.generate(&prompt, &sampling, &mut |_| ControlFlow::Continue(()))?;
        measured.generating += start.elapsed();
        let start = Instant::now();
        measured.evidence.push(validator.verify(&prompt, &answer.tokens, &sampling)?);
        measured.verifying += start.elapsed();
    }
    Ok(measured)
}

fn report(name: &str, measured: &Measured) {
    let evidence = &measured.evidence;
    let tokens = evidence.iter().map(|one| one.tokens).sum::<usize>();
    let matched = evidence.iter().map(|one| one.matched).sum::<usize>();
    let rate = |one: &Evidence| one.matched as f32 / one.tokens as f32;
    let passing = |limit: f32| evidence.iter().filter(|one| one.complete && rate(one) >= limit).count();
    let margins = evidence.iter().map(|one| one.mean_margin);
    println!("{name}: {} answers, {tokens} tokens", evidence.len());
    println!(
        "  generate {:.0} tokens/s; verify {:.0} tokens/s, {:.1} % of generating",
        tokens as f64 / measured.generating.as_secs_f64(),
        tokens as f64 / measured.verifying.as_secs_f64(),
        100.0 * measured.verifying.as_secs_f64() / measured.generating.as_secs_f64()
    );
    println!(
        "  matched {:.2} %; worst answer {:.3}, best {:.3}; answers at 0.90 {}, 0.95 {}, 0.98 {}, 1.00 {}; complete {}",
        100.0 * matched as f32 / tokens as f32,
        evidence.iter().map(rate).fold(1.0, f32::min),
        evidence.iter().map(rate).fold(0.0, f32::max),
        passing(0.90),
        passing(0.95),
        passing(0.98),
        passing(1.0),
        evidence.iter().filter(|one| one.complete).count()
    );
    println!(
        "  mean margin {:.6}; smallest {:.6}, largest {:.6}",
        margins.clone().sum::<f32>() / evidence.len() as f32,
        margins.clone().fold(f32::MAX, f32::min),
        margins.fold(0.0, f32::max)
    );
}

fn resident_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map(|size| size.trim().to_string()).unwrap_or_else(|| "unknown".into())
}
