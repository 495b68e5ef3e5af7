//! What a validator tells about itself, and audits of what it did, with the real programs.

use e2e::{eventually, model, Network};
use serde_json::{json, Value};

#[tokio::test]
async fn a_validator_says_how_it_is_doing_and_what_it_did_can_be_audited() {
    let network = Network::founded(&["//Bob", "//Dave"]).await;
    network.stake("//Bob", 1_000).await;
    let _miner = network.miner("//Dave");
    let validator = network.validator("//Bob");
    let (data, model) = (network.path("validator--Bob"), model());
    let (data, model) = (data.to_str().unwrap(), model.to_str().unwrap());
    let status = || async { network.done(&["validator", "status", "--data", data]) };

    let rewarded = |status: &Value| status["last_round"]["judged"][0]["score"].as_f64().unwrap_or_default() > 0.0;
    let judged = eventually("a rewarded answer", || async { Some(status().await).filter(rewarded) }).await;
    assert_eq!(judged["hotkey"], validator.field("hotkey").as_str());
    assert!(judged["last_round"]["judged"][0]["reason"].is_string(), "{judged}");
    let number = judged["last_round"]["number"].to_string();
    let audit = network.done(&["audit", "round", &number, "--data", data, "--model", model]);
    assert_eq!((&audit["drawn_from_its_block"], &audit["block_is_on_chain"]), (&json!(true), &json!(true)));
    assert_eq!(audit["equal"], audit["answers"].as_array().unwrap().len());
    let missing = network.refused(&["audit", "round", "1000000", "--data", data, "--model", model]);
    assert!(missing.contains("not kept"), "{missing}");

    let finalized = |status: &Value| {
        let sent = status["weights"]["submissions"].as_array().unwrap();
        sent.iter().any(|sent| sent["outcome"] == "finalized")
    };
    eventually("weights that are final", || async { Some(status().await).filter(finalized) }).await;
    let agrees = |status: &Value| status["agreement"]["vtrust"].as_u64().unwrap_or_default() > 0;
    eventually("an epoch that agrees", || async { Some(status().await).filter(agrees) }).await;

    let answer = network.path("answer.json");
    let app = format!("http://{}", validator.field("app"));
    let said = network.done(&["chat", "Speak.", "--max-tokens", "24", "--temperature", "1", "--app", &app]);
    std::fs::write(&answer, said.to_string()).unwrap();
    let answer = answer.to_str().unwrap();
    let audit = network.done(&["audit", "answer", answer, "--model", model]);
    assert_eq!(audit["checks"].as_array().unwrap().len(), 4, "{audit}");
    assert_eq!(audit["question"]["messages"][0]["content"], "Speak.", "{audit}");
    let mut forged = said.clone();
    forged["answer"]["miner"] = json!(validator.field("hotkey"));
    std::fs::write(answer, forged.to_string()).unwrap();
    let refused = network.refused(&["audit", "answer", answer, "--model", model]);
    assert!(refused.contains("does not hold"), "{refused}");
}
