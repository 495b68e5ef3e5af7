//! JSON-RPC over HTTP, as tools that are not ours speak it.

use serde_json::{json, Value};

pub fn request(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// What the node at `url`, of its WebSocket, answers to one request or to a list of them.
pub async fn post(url: &str, request: Value) -> Value {
    let url = url.replacen("ws://", "http://", 1);
    let response = reqwest::Client::new().post(url).json(&request).send().await.expect("the node answers");
    response.json().await.expect("JSON")
}

/// The result of a method that must have one.
pub async fn ask(url: &str, method: &str, params: Value) -> Value {
    let mut answer = post(url, request(method, params)).await;
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}
