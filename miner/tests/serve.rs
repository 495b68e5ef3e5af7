//! `plexus-miner serve`, where the clients' own tests say nothing.

use serde_json::{json, Value};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const JSON: (&str, &str) = ("content-type", "application/json");
const HEAD: &str = "host: localhost\r\ncontent-type: application/json\r\n";

/// Ends the program with the test, however the test ends.
struct Served {
    child: Child,
    address: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plexus-miner"));
    command.args(["serve", "../models/tiny"]).args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn serve(flags: &[&str]) -> Served {
    let mut child = command(&[&["--listen", "127.0.0.1:0"], flags].concat()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&ready["ready"], &ready["role"]), (&true.into(), &"openai".into()));
    let address = ready["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    Served { child, address }
}

#[test]
fn beyond_this_machine_it_serves_only_who_has_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("keys");
    std::fs::write(&empty, "# none yet\n").unwrap();
    for (flags, advice) in [
        (vec!["--listen", "0.0.0.0:0"], "--api-key-file"),
        (vec!["--listen", "0.0.0.0:0", "--api-key-file", empty.to_str().unwrap()], "write one"),
        (vec!["--api-key-file", "/nowhere/keys"], "/nowhere/keys"),
    ] {
        let output = command(&flags).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(advice), "{flags:?}: {error}");
    }
}

#[tokio::test]
async fn an_app_that_hangs_up_leaves_its_place_to_the_next() {
    let served = serve(&["--at-once", "1", "--waiting", "0"]);
    let body = r#"{"model":"tiny","messages":[{"role":"user","content":"Speak"}],"logit_bias":{"0":-100}}"#;
    let url = format!("http://{}/v1/chat/completions", served.address);
    let post = |body: String| reqwest::Client::new().post(&url).header(JSON.0, JSON.1).body(body).send();
    for _ in 0..3 {
        let mut leaving = TcpStream::connect(&served.address).unwrap();
        let length = body.len();
        write!(leaving, "POST /v1/chat/completions HTTP/1.1\r\n{HEAD}content-length: {length}\r\n\r\n{body}").unwrap();
        drop(leaving);
    }
    // Whoever left may still be noticed; a place that were never free would be refused for ever.
    let short = r#"{"model":"tiny","messages":[{"role":"user","content":"Speak"}],"max_tokens":1}"#;
    while post(short.into()).await.unwrap().status() == 429 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_body_without_end_is_refused_with_a_reason() {
    let served = serve(&[]);
    let post = reqwest::Client::new().post(format!("http://{}/v1/completions", served.address));
    let refused = post.header(JSON.0, JSON.1).body(vec![b' '; 20_000_000]).send().await.unwrap();
    assert_eq!(refused.status(), 413);
    assert!(refused.text().await.unwrap().contains("larger than"));
    let mut strange = TcpStream::connect(&served.address).unwrap();
    write!(strange, "GET /nothing HTTP/1.1\r\n{HEAD}connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    strange.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("/v1/chat/completions"), "{answer}");
}

/// What the server says to a request to `path`: the status, and the body as JSON.
async fn post(served: &Served, path: &str, body: Value) -> (u16, Value) {
    let post = reqwest::Client::new().post(format!("http://{}/v1/{path}", served.address));
    let answer = post.header(JSON.0, JSON.1).body(body.to_string()).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn what_can_never_be_answered_is_refused_before_it_is_read() {
    let served = serve(&["--at-once", "2", "--waiting", "1"]);
    let (long, many) = ("news ".repeat(200_000), json!({ "model": "tiny", "prompt": "Speak", "n": 4 }));
    for (path, body, code) in [
        ("completions", json!({ "model": "tiny", "prompt": long }), json!("context_length_exceeded")),
        ("embeddings", json!({ "model": "tiny", "input": ["a", long] }), json!("context_length_exceeded")),
        (
            "chat/completions",
            json!({ "model": "tiny", "messages": [{ "role": "user", "content": long }] }),
            json!("context_length_exceeded"),
        ),
        ("completions", many, Value::Null),
        (
            "chat/completions",
            json!({ "model": "tiny", "messages": [{ "role": "user", "content": "Speak" }], "n": 4 }),
            Value::Null,
        ),
        ("embeddings", json!({ "model": "tiny", "input": ["a", "b"], "dimensions": 257 }), Value::Null),
        ("completions", json!({ "model": "tiny", "prompt": "Speak", "repetition_penalty": 0.001 }), Value::Null),
    ] {
        let (status, answer) = post(&served, path, body).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &code), "{path}: {answer}");
    }
}

#[tokio::test]
async fn texts_of_one_request_wait_for_each_others_places() {
    let served = serve(&["--at-once", "1", "--waiting", "0"]);
    let texts: Vec<String> = (0..20).map(|n| format!("text {n}")).collect();
    let (status, answer) = post(&served, "embeddings", json!({ "model": "tiny", "input": texts })).await;
    assert_eq!((status, answer["data"].as_array().map(Vec::len)), (200, Some(20)), "{answer}");
}

#[tokio::test]
async fn tokens_known_before_are_counted_for_each_prompt_once() {
    let served = serve(&[]);
    let prompts = ["Speak, good sir, and ", "What news of "].map(|text| text.repeat(30));
    let cached = |n: usize| {
        let body = json!({ "model": "tiny", "prompt": prompts, "max_tokens": 1, "n": n });
        let served = &served;
        async move {
            let usage = post(served, "completions", body).await.1["usage"].clone();
            (usage["prompt_tokens_details"]["cached_tokens"].as_u64(), usage["prompt_tokens"].as_u64())
        }
    };
    assert_eq!(cached(1).await.0, Some(0));
    let (again, all) = cached(3).await;
    assert!(again > all.map(|all| all / 2) && again < all, "{again:?} of {all:?}");
}

#[tokio::test]
async fn a_page_of_another_machine_is_not_served_and_an_app_is() {
    let served = serve(&[]);
    let models = || reqwest::Client::new().get(format!("http://{}/v1/models", served.address));
    assert_eq!(models().send().await.unwrap().status(), 200);
    assert_eq!(models().header("origin", "https://evil.example").send().await.unwrap().status(), 403);
    assert_eq!(models().header("host", "evil.example").send().await.unwrap().status(), 403);
    let plain = reqwest::Client::new().post(format!("http://{}/v1/completions", served.address)).body("{}");
    let refused = plain.send().await.unwrap();
    assert_eq!(refused.status(), 415);
    assert!(refused.text().await.unwrap().contains("application/json"));
}
