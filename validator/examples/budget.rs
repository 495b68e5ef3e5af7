//! What judging costs a validator, and how many miners that allows: `budget MODEL [MINERS] [ROUNDS]`.

use futures::{stream, StreamExt};
use std::env::args;
use std::error::Error;
use std::time::Duration;
use subnet::{AccountId, Received, Seed};
use subnet_catalog::Settings;
use validator::config::Config;
use validator::round::Budget;

/// Seconds between two blocks, and blocks of a tempo, where a network and a subnet set nothing else.
const BLOCK: u64 = 12;
const TEMPO: u64 = 360;
/// Answers that the engine writes at a time; judging them is what is timed.
const AT_ONCE: usize = 16;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let model = args().nth(1).unwrap_or("models/tiny".into());
    let number = |place, otherwise: usize| args().nth(place).map_or(Ok(otherwise), |text| text.parse());
    let (miners, rounds) = (number(2, 256)?, number(3, 3)?);
    let settings = Settings { model: model.clone().into(), ..Settings::default() };
    let (grader, solver) = (subnet_catalog::grader("text", &settings)?, subnet_catalog::solver("text", &settings)?);
    let config = Config::default();
    let mut budget = Budget::new(None, config.at_once, Duration::from_secs(config.interval_seconds));
    for round in 0..rounds {
        let drawn = grader.subnet.challenge(Seed([round as u8; 32]))?;
        let solve = |n: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&(n as u64).to_le_bytes());
            let (miner, challenge) = (AccountId::from(key), drawn.challenge.clone());
            let solver = solver.clone();
            async move {
                let answer = solver.solve(&miner, &challenge).await.ok();
                Received { miner, answer, took: Duration::from_millis(1) }
            }
        };
        let answers: Vec<_> = stream::iter(0..miners).map(solve).buffered(AT_ONCE).collect().await;
        let start = std::time::Instant::now();
        let judged = grader.subnet.score(&drawn, &answers)?;
        let took = start.elapsed();
        budget.learn(answers.len(), took);
        let right = judged.iter().filter(|judgement| judgement.score.get() > 0.0).count();
        println!(
            "round {round}: {miners} answers judged in {took:.2?}, {:.2?} each; {right} right",
            took / miners as u32
        );
    }
    let (most, tempo) = (budget.most(), BLOCK * TEMPO);
    let turns = tempo / config.interval_seconds * most as u64 / miners as u64;
    println!(
        "a round each {} s judges {most} miners, so each of {miners} is judged {turns} times in a tempo of {tempo} s",
        config.interval_seconds
    );
    Ok(())
}
