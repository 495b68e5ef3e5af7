//! `plexus-miner serve`, where the clients' own tests say nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

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
    let post = |body: String| reqwest::Client::new().post(&url).body(body).send();
    for _ in 0..3 {
        let mut leaving = TcpStream::connect(&served.address).unwrap();
        let length = body.len();
        write!(leaving, "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}")
            .unwrap();
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
    let refused = post.body(vec![b' '; 20_000_000]).send().await.unwrap();
    assert_eq!(refused.status(), 413);
    assert!(refused.text().await.unwrap().contains("larger than"));
    let mut strange = TcpStream::connect(&served.address).unwrap();
    write!(strange, "GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    strange.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("/v1/chat/completions"), "{answer}");
}
