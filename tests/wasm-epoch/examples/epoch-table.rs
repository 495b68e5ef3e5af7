//! Prints in Markdown how long an epoch takes, natively and inside wasm: the shortest time of RUNS (first argument, 15
//! if none) in milliseconds. A run is a round through all subnets, so that no passing load spoils all runs of one.

use std::fmt::Display;
use std::time::{Duration, Instant};

use sc_executor::error::Error;
use synthetic::{sizes, subnet, Size, Variant};
use wasm_epoch::Host;

fn main() {
    let runs = std::env::args().nth(1).map_or(15, |runs| runs.parse().expect("RUNS is a number"));
    print_table("native", &shortest(runs, native));
    let Some(host) = Host::new() else { return eprintln!("no wasm was built: unset SKIP_WASM_BUILD") };
    // Each in an instance as fresh as that of a block; what making it and the subnet costs is subtracted.
    let with = shortest(runs, |size, variant| host.time(size, variant, 1));
    let without = shortest(runs, |size, variant| host.time(size, variant, 0));
    let epochs = with.into_iter().zip(without).map(|(with, without)| Ok::<_, Error>(with?.saturating_sub(without?)));
    print_table("in wasm", &epochs.collect::<Vec<_>>());
}

/// The shortest of `runs` times for every size and, within it, every variant.
fn shortest<E>(runs: u32, time: impl Fn(Size, Variant) -> Result<Duration, E>) -> Vec<Result<Duration, E>> {
    let subnets = || sizes().flat_map(|size| Variant::ALL.map(|variant| (size, variant)));
    let round = || subnets().map(|(size, variant)| time(size, variant));
    (1..runs).fold(round().collect(), |best: Vec<_>, _| {
        best.into_iter().zip(round()).map(|(best, time)| Ok(best?.min(time?))).collect()
    })
}

fn native(size: Size, variant: Variant) -> Result<Duration, yuma::InputError> {
    let (input, params) = subnet(size.neurons, size.validators, size.weights_per_row, variant);
    let start = Instant::now();
    std::hint::black_box(yuma::run(&input, &params)?);
    Ok(start.elapsed())
}

fn print_table<E: Display>(title: &str, times: &[Result<Duration, E>]) {
    println!("| {title}, ms | classic | Yuma 3 | liquid | liquid, settled |\n| --- | --- | --- | --- | --- |");
    for (size, times) in sizes().zip(times.chunks(Variant::ALL.len())) {
        let cell = |time: &Result<Duration, E>| match time {
            Ok(time) => format!("{:.2}", time.as_secs_f64() * 1e3),
            Err(error) => error.to_string(),
        };
        println!("| {size} | {} |", times.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    println!();
}
