//! Miners and validators: what they serve, what they refuse, and what a crash costs.

use e2e::{account, eventually, hotkey_of, pair, Network, Running, PATIENCE, SUBNET};
use primitives::Axon;
use protocol::{CallError, Client, Code};
use serde_json::{json, Value};
use std::time::{Duration, Instant};

/// Two staked validators with permits and two miners, all registered.
async fn network() -> Network {
    let network = Network::founded(&["//Bob", "//Charlie", "//Dave", "//Eve"]).await;
    network.stake("//Bob", 1_000).await;
    network.stake("//Charlie", 1_000).await;
    network
}

fn axon(miner: &Running) -> Axon {
    Axon::new(miner.field("axon").parse().unwrap(), protocol::VERSION)
}

fn challenge() -> Value {
    json!({ "messages": [{ "role": "user", "content": "Speak." }], "max_tokens": 8, "temperature": 1.0, "nonce": "n" })
}

async fn ask(network: &Network, miner: &Running, sender: &str, body: Vec<u8>) -> Result<Value, CallError> {
    let hotkey = account(&hotkey_of("//Dave"));
    let chain_knows = || async { network.metagraph().await.by_hotkey(&hotkey).and_then(|neuron| neuron.axon) };
    eventually("the miner's axon on chain", chain_knows).await;
    let path = protocol::solve_path(SUBNET);
    let client = Client::new(pair(sender));
    // A miner that has just started refuses what might be a replay from before, and says when to sign anew.
    let outcome = eventually("a miner that has been up for a moment", || async {
        let outcome = client.call(&hotkey, &axon(miner), &path, body.clone(), Duration::from_secs(30), 1 << 20).await;
        match outcome {
            Err(CallError::Refused { code: Code::Expired, .. }) => None,
            outcome => Some(outcome),
        }
    });
    let signed = outcome.await?;
    assert!(signed.receipt.verify(), "the answer carries the miner's signature");
    Ok(serde_json::from_slice(&signed.body).unwrap())
}

fn code(outcome: Result<Value, CallError>) -> Code {
    match outcome {
        Err(CallError::Refused { code, .. }) => code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_miner_answers_its_subnet_and_refuses_everybody_else() {
    let network = network().await;
    let miner = network.miner("//Dave");
    let body = challenge().to_string().into_bytes();
    let answer = ask(&network, &miner, &hotkey_of("//Bob"), body.clone()).await.unwrap();
    assert!(!answer["tokens"].as_array().unwrap().is_empty(), "{answer}");
    assert_eq!(code(ask(&network, &miner, "//Stranger", body).await), Code::NotRegistered);

    let url = format!("http://{}{}", miner.field("axon"), protocol::solve_path(SUBNET));
    let http = reqwest::Client::new();
    let unsigned = http.post(&url).body(challenge().to_string()).send().await.unwrap();
    assert!(unsigned.status().is_client_error());
    assert_eq!(unsigned.json::<Value>().await.unwrap()["error"]["code"], "unsigned");
    // The server may hang up before a body of this size is sent; what counts is that it goes on serving.
    let flood = http.post(&url).body(vec![b'x'; 100_000_000]).send().await;
    assert!(flood.map_or(true, |answer| answer.status().is_client_error()));
    let again = challenge().to_string().into_bytes();
    assert!(ask(&network, &miner, &hotkey_of("//Bob"), again).await.is_ok());
}

#[tokio::test]
async fn an_app_talks_to_the_network_as_it_would_to_openai() {
    let network = network().await;
    let _miner = network.miner("//Dave");
    let validator = network.validator("//Bob");
    let base = format!("http://{}/v1", validator.field("app"));
    let http = reqwest::Client::new();
    let models: Value = http.get(format!("{base}/models")).send().await.unwrap().json().await.unwrap();
    let model = models["data"][0]["id"].as_str().unwrap().to_owned();

    let request = json!({ "model": model, "messages": [{ "role": "user", "content": "Speak." }], "max_tokens": 12 });
    let answer = eventually("an answer", || async {
        let answer = http.post(format!("{base}/chat/completions")).json(&request).send().await.unwrap();
        match answer.status().is_success() {
            true => Some(answer.json::<Value>().await.unwrap()),
            false => None,
        }
    })
    .await;
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["message"]["role"], "assistant");
    let receipt: protocol::Receipt = serde_json::from_value(answer["plexus"]["receipt"].clone()).unwrap();
    assert!(receipt.verify() && receipt.signer == account(&hotkey_of("//Dave")));

    let mut streamed = request.clone();
    streamed["stream"] = true.into();
    let stream = http.post(format!("{base}/chat/completions")).json(&streamed).send().await.unwrap();
    let text = stream.text().await.unwrap();
    assert!(text.contains("chat.completion.chunk") && text.trim_end().ends_with("data: [DONE]"), "{text}");

    let bad = http.post(format!("{base}/chat/completions")).json(&json!({ "model": model })).send().await.unwrap();
    assert_eq!(bad.status(), 400);
    assert!(bad.json::<Value>().await.unwrap()["error"]["message"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_and_a_validator_start_without_a_node_and_outlive_its_death() {
    let network = network().await;
    network.kill_node();
    let (miner, validator) = std::thread::scope(|scope| {
        let miner = scope.spawn(|| network.miner("//Dave"));
        let validator = scope.spawn(|| network.validator("//Bob"));
        // Both say that they wait for a node before there is one.
        for log in [network.log_of("miner", "//Dave"), network.log_of("validator", "//Bob")] {
            let waits = || std::fs::read_to_string(&log).unwrap_or_default().contains("no node answers");
            let end = Instant::now() + PATIENCE;
            while !waits() {
                assert!(Instant::now() < end, "{} does not say that it waits", log.display());
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        network.restart_node();
        (miner.join().unwrap(), validator.join().unwrap())
    });
    weights_are_set_after(&network, 0).await;

    network.kill_node();
    network.restart_node();
    let block = eventually("the node answers", || async { network.chain.best_block().await.ok() }).await;
    weights_are_set_after(&network, block).await;
    for mut process in [miner, validator] {
        assert!(process.is_alive(), "{}", process.log());
    }
}

#[tokio::test]
async fn a_validator_that_was_killed_reveals_what_it_had_committed_and_goes_on_from_the_scores_on_its_disk() {
    let network = network().await;
    let bob = account(&hotkey_of("//Bob"));
    let status = || async { network.chain.weights_status(SUBNET, &bob).await.ok() };
    let miner = network.miner("//Dave");
    let validator = network.validator("//Bob");
    let committed = || async { status().await?.open.first().cloned() };
    let committed = eventually("hidden weights", committed).await;
    drop(validator);
    // Without the miner nothing new can be learnt, so what is shown and set now was on the disk.
    drop(miner);
    let _validator = network.validator("//Bob");
    let shown = weights_are_set_after(&network, 0).await;
    assert!((committed.reveal_from..=committed.reveal_until).contains(&shown), "{committed:?}, shown at {shown}");
    weights_are_set_after(&network, shown).await;
    assert!(!status().await.unwrap().forfeits, "nothing was kept back");
}

/// Waits until Bob has shown weights for Dave after `block`, and returns when that was.
async fn weights_are_set_after(network: &Network, block: u32) -> u32 {
    eventually("weights for the honest miner", || async {
        let rows = network.chain.weights(SUBNET).await.ok()?;
        let row = rows.into_iter().find(|row| row.uid == 0 && row.set_at > block)?;
        assert_eq!(row.weights, [(2, u16::MAX)], "only Dave answers");
        Some(row.set_at)
    })
    .await
}
