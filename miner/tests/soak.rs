//! Many short requests, and a memory that stays as it is. `make soak` sends 100,000.

mod support;

use futures::stream::{self, StreamExt};
use protocol::Client;
use serde_json::json;
use std::time::{Duration, Instant};
use subnet_catalog::Settings;
use support::{ask, caller, serve, PATIENCE};

const REQUESTS: usize = 5_000;
const AT_ONCE: usize = 16;
/// Requests after which everything that is kept has been allocated once, as a share of all.
const WARM_UP: usize = 4;
/// Most that this process, miner and callers, may grow after that.
const MAX_GROWTH: usize = 16 * 1024 * 1024;

/// Bytes of memory in use, as the kernel counts them.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

fn challenge(n: usize) -> Vec<u8> {
    let messages = json!([{ "role": "user", "content": "Speak." }]);
    json!({ "messages": messages, "max_tokens": 2, "temperature": 1.0, "nonce": n.to_string() })
        .to_string()
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_however_many_ask() {
    let requests = std::env::var("SOAK_REQUESTS").map_or(REQUESTS, |count| count.parse().unwrap());
    let settings = Settings { model: "../models/tiny".into(), ..Settings::default() };
    let server = serve(subnet_catalog::solver("text", &settings).unwrap(), AT_ONCE, AT_ONCE, PATIENCE).await;
    let clients: Vec<_> = (0..6).map(|n| Client::new(caller(n))).collect();
    let send = |n: usize| {
        let (client, axon) = (clients[n % clients.len()].clone(), server.axon);
        // What could be replayed is remembered for as long as it could be, so requests live briefly.
        async move { ask(&client, &axon, challenge(n), Duration::from_secs(10)).await.unwrap().body.len() }
    };
    let mut answers = stream::iter(0..requests).map(send).buffer_unordered(AT_ONCE).enumerate();
    let (started, mut warm) = (Instant::now(), 0);
    while let Some((n, bytes)) = answers.next().await {
        assert!(bytes > 0);
        if n == requests / WARM_UP {
            warm = resident();
        }
    }
    let (end, speed) = (resident(), requests as f32 / started.elapsed().as_secs_f32());
    println!(
        "{requests} requests, {speed:.0} a second: {} KiB after a quarter, {} KiB in the end",
        warm / 1024,
        end / 1024
    );
    assert!(end <= warm + MAX_GROWTH, "grew from {warm} to {end} bytes");
}
