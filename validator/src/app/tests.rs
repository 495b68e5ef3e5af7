//! The app's API over HTTP, with miners on real sockets.

use super::App;
use crate::ask::{Asker, Bounds, Miner};
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::relay::{Failures, Relay};
use crate::scores::{Mark, Scores};
use crate::testing::metagraph;
use crate::testing::miners::{bind, pair, rude, signed, silent, Habit};
use primitives::{AccountId, Metagraph, NetUid};
use protocol::Client;
use reqwest::StatusCode;
use serde_json::{json, Value};
use sp_core::crypto::Ss58Codec;
use sp_core::Pair;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;
use subnet::{Finding, Score};
use subnet_catalog::chat::{Ask, Chat, ChatError, Reply, Unfit};
use tokio::sync::watch;
use validator_api::Proof;

const DEADLINE: Duration = Duration::from_secs(2);

/// Accepts an answer that repeats the question, and reads the last message out of it.
struct Parrot;

impl Chat for Parrot {
    fn model_name(&self) -> &str {
        "parrot"
    }

    fn model_id(&self) -> &str {
        "a1b2"
    }

    fn challenge(&self, ask: &Ask) -> Result<Vec<u8>, ChatError> {
        let text = &ask.messages[ask.messages.len() - 1].content;
        match text.len() {
            0..=100 => Ok(serde_json::to_vec(&(text, &ask.nonce)).unwrap()),
            tokens => Err(ChatError::TooLong { tokens, limit: 100 }),
        }
    }

    fn read(&self, _: &AccountId, challenge: &[u8], answer: &[u8]) -> Result<Reply, Unfit> {
        let (text, nonce): (String, String) = serde_json::from_slice(answer)?;
        let (_, asked): (String, String) = serde_json::from_slice(challenge)?;
        if nonce != asked {
            return Err(Unfit::Rejected("it answers another question".into()));
        }
        Ok(Reply { text, finish: "length", prompt_tokens: 3, completion_tokens: 4 })
    }
}

/// A validator's API at `url`, whose miners are as given and scored in falling order.
struct Api {
    url: String,
    pool: Arc<Pool>,
    _folder: tempfile::TempDir,
}

impl Api {
    async fn new(miners: &[Miner]) -> Self {
        let metagraph = metagraph_of(miners);
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 1.0).unwrap();
        let mark = |(n, miner): (usize, &Miner)| {
            let score = Score::new(1.0 - n as f32 / 10.0);
            Mark { uid: miner.uid, hotkey: miner.hotkey.clone(), finding: Finding::Worth(score) }
        };
        let marks: Vec<_> = miners.iter().enumerate().map(mark).collect();
        (0..2).for_each(|_| scores.record(&marks, &metagraph).unwrap());
        let (_, view) = watch::channel((!miners.is_empty()).then(|| Arc::new(metagraph)));
        let relay = Relay {
            asker: Arc::new(Asker::new(Client::new(pair("Validator")), NetUid(1))),
            chat: Arc::new(Parrot),
            scores: Arc::new(scores),
            view,
            own: pair("Validator").public().into(),
            failures: Failures::default(),
            bounds: Bounds { deadline: DEADLINE, max_answer: 1_000 },
            deadline: Duration::from_secs(4),
        };
        let metrics = Arc::new(Metrics::new(&daemon::metrics::registry("validator").unwrap()).unwrap());
        let (listener, address) = bind().await;
        let pool = Arc::new(Pool::default());
        let router = App::new(Arc::new(Parrot), relay, 2, pool.clone(), metrics).router();
        tokio::spawn(protocol::serve(listener, router, std::future::pending()));
        Self { url: format!("http://{address}"), pool, _folder: folder }
    }

    async fn post(&self, body: impl Into<reqwest::Body>) -> (StatusCode, String) {
        let request = reqwest::Client::new().post(format!("{}/v1/chat/completions", self.url)).body(body);
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    async fn say(&self, text: &str, more: Value) -> (StatusCode, String) {
        let mut body = json!({ "model": "parrot", "messages": [{ "role": "user", "content": text }] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post(body.to_string()).await
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

fn metagraph_of(miners: &[Miner]) -> Metagraph {
    let mut metagraph = metagraph(miners.len() as u8);
    for (neuron, miner) in metagraph.neurons.iter_mut().zip(miners) {
        assert_eq!(neuron.uid, miner.uid);
        (neuron.hotkey, neuron.axon) = (miner.hotkey.clone(), Some(miner.axon));
    }
    metagraph
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn error_of(text: &str) -> Value {
    let error = json_of(text)["error"].clone();
    let mut fields: Vec<_> = error.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["code", "message", "param", "type"]);
    error
}

#[tokio::test]
async fn an_answer_names_the_miner_and_carries_its_signature() {
    let miner = signed(0, "Honest", |body| body).await;
    let api = Api::new(std::slice::from_ref(&miner)).await;
    let (status, text) = api.say("to be or not", json!({})).await;
    assert_eq!(status, 200, "{text}");
    let answer = json_of(&text);
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["message"]["content"], "to be or not");
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    assert_eq!(answer["usage"], json!({ "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7 }));
    assert_eq!(answer["plexus"]["miner"], miner.hotkey.to_ss58check());
    let proof: Proof = serde_json::from_value(answer["plexus"].clone()).unwrap();
    assert_eq!((&proof.miner, proof.uid), (&miner.hotkey, 0));
    assert!(proof.answer_is_signed() && proof.answers_the_challenge());
    assert!(!Proof { challenge: "another".into(), ..proof.clone() }.answers_the_challenge());
    assert!(!Proof { answer: "another".into(), ..proof }.answer_is_signed());
}

#[tokio::test]
async fn a_question_joins_the_pool_if_its_sender_agrees_and_it_was_answered() {
    let api = Api::new(&[signed(0, "Honest", |body| body).await]).await;
    api.say("to be", json!({})).await;
    api.say("to be", json!({ "store": false })).await;
    assert!(api.pool.is_empty());
    api.say("or not to be", json!({ "store": true })).await;
    let asked = (0..=255).find_map(|n| api.pool.take(&mut subnet::Seed([n; 32]).draw())).unwrap();
    assert!(String::from_utf8(asked).unwrap().contains("or not to be"));
}

#[tokio::test]
async fn a_stream_has_role_words_finish_usage_and_end() {
    let api = Api::new(&[signed(0, "Honest", |body| body).await]).await;
    let options = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let (status, text) = api.say("to be or not", options).await;
    assert_eq!(status, 200, "{text}");
    let mut data: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(data.pop(), Some("[DONE]"));
    let chunks: Vec<Value> = data.into_iter().map(json_of).collect();
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let words: Vec<_> = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(words, ["", "to ", "be ", "or ", "not"]);
    let [.., finish, usage] = chunks.as_slice() else { panic!("too few chunks") };
    assert_eq!(finish["choices"][0]["finish_reason"], "length");
    assert!(finish["plexus"]["receipt"].is_object() && finish["usage"].is_null());
    assert_eq!((usage["choices"].clone(), usage["usage"]["total_tokens"].clone()), (json!([]), json!(7)));
    assert!(chunks.iter().all(|chunk| chunk["object"] == "chat.completion.chunk" && chunk["id"] == chunks[0]["id"]));
}

#[tokio::test]
async fn without_asking_for_it_a_stream_has_no_usage() {
    let api = Api::new(&[signed(0, "Honest", |body| body).await]).await;
    let (_, text) = api.say("to be", json!({ "stream": true })).await;
    assert!(!text.contains("usage"), "{text}");
}

#[tokio::test]
async fn the_next_best_miner_answers_where_the_best_ones_fail() {
    let miners = [
        rude(0, "Rude").await,
        signed(1, "Liar", |_| br#"["something else","nonce"]"#.to_vec()).await,
        signed(2, "Garbage", |_| vec![0xff]).await,
        silent(3, "Silent").await,
        signed(4, "Honest", |body| body).await,
    ];
    let (status, text) = Api::new(&miners).await.say("hello", json!({})).await;
    assert_eq!(status, 200, "{text}");
    let answer = json_of(&text);
    assert_eq!(answer["plexus"]["uid"], 4);
    // However little time was left for it, it was told the same as in a round.
    let Proof { request, .. } = serde_json::from_value(answer["plexus"].clone()).unwrap();
    assert_eq!(u128::from(request.expires - request.issued), DEADLINE.as_millis());
}

#[tokio::test]
async fn whoever_failed_an_app_is_not_asked_again_at_once_if_others_answer() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let lie = |_| {
        ASKED.fetch_add(1, Ordering::Relaxed);
        br#"["something else","nonce"]"#.to_vec()
    };
    let api = Api::new(&[signed(0, "Liar", lie).await, signed(1, "Honest", |body| body).await]).await;
    for _ in 0..3 {
        assert_eq!(json_of(&api.say("hello", json!({})).await.1)["plexus"]["uid"], 1);
    }
    assert_eq!(ASKED.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_held_against_nobody() {
    let stuck: Habit = |body| if body.windows(4).any(|word| word == b"hard") { b"?".to_vec() } else { body };
    let api = Api::new(&[signed(0, "First", stuck).await, signed(1, "Second", stuck).await]).await;
    assert!(!api.say("hard", json!({})).await.0.is_success());
    assert_eq!(json_of(&api.say("hello", json!({})).await.1)["plexus"]["uid"], 0);
}

#[tokio::test]
async fn an_answer_that_fails_its_check_is_never_passed_on() {
    let liar = signed(0, "Liar", |_| br#"["something else","nonce"]"#.to_vec()).await;
    let (status, text) = Api::new(&[liar]).await.say("hello", json!({})).await;
    assert_eq!(status, 503);
    assert!(!text.contains("something else"));
    assert!(error_of(&text)["message"].as_str().unwrap().contains("none gave a valid answer"));
}

#[tokio::test]
async fn without_miners_the_app_is_told_to_come_back() {
    let (status, text) = Api::new(&[]).await.say("hello", json!({})).await;
    assert_eq!((status.as_u16(), error_of(&text)["code"].as_str()), (503, Some("no_miner")), "{text}");
}

#[tokio::test]
async fn stop_texts_end_the_answer() {
    let api = Api::new(&[signed(0, "Honest", |body| body).await]).await;
    let answer = json_of(&api.say("to be or not", json!({ "stop": [" or"] })).await.1);
    assert_eq!(answer["choices"][0]["message"]["content"], "to be");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn models_are_listed_and_found_by_name_and_hash() {
    let api = Api::new(&[]).await;
    let (status, list) = api.get("/v1/models").await;
    assert_eq!((status.as_u16(), list["data"][0]["id"].as_str()), (200, Some("parrot")));
    assert_eq!(api.get("/v1/models/a1b2").await.1["id"], "parrot");
    let (status, error) = api.get("/v1/models/openai/gpt").await;
    assert_eq!((status.as_u16(), error["error"]["code"].as_str()), (404, Some("model_not_found")));
}

#[tokio::test]
async fn bad_requests_get_errors_that_clients_understand() {
    let api = Api::new(&[]).await;
    for (body, status, code) in [
        ("{".to_owned(), 400, Value::Null),
        (r#"{"model":"gpt","messages":[{"role":"user","content":"hi"}]}"#.into(), 404, json!("model_not_found")),
        ("x".repeat(super::MAX_BODY + 1), 413, Value::Null),
    ] {
        let (got, text) = api.post(body).await;
        assert_eq!((got.as_u16(), &error_of(&text)["code"]), (status, &code), "{text}");
    }
    let (status, text) = api.say(&"long ".repeat(50), json!({})).await;
    assert_eq!((status.as_u16(), error_of(&text)["code"].as_str()), (400, Some("context_length_exceeded")));
    assert_eq!(api.get("/v1/embeddings").await.0, 404);
    assert_eq!(api.get("/v1/chat/completions").await.0, 405);
}

#[tokio::test]
async fn a_body_of_100_megabytes_is_refused_with_a_reason() {
    let (status, text) = Api::new(&[]).await.post(vec![b'x'; 100_000_000]).await;
    assert_eq!(status, 413);
    assert!(error_of(&text)["message"].as_str().unwrap().contains("larger than"));
}

#[tokio::test]
async fn more_requests_than_places_are_asked_to_wait() {
    let api = Arc::new(Api::new(&[silent(0, "Silent").await]).await);
    let open = |_| {
        let api = api.clone();
        tokio::spawn(async move { api.say("hello", json!({})).await.0.as_u16() })
    };
    let mut statuses = Vec::new();
    for request in (0..3).map(open).collect::<Vec<_>>() {
        statuses.push(request.await.unwrap());
    }
    statuses.sort();
    assert_eq!(statuses, [429, 503, 503]);
}
