//! What an app reads: a verified answer as a completion or as a stream of chunks.

use super::request::Request;
use crate::relay::Served;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::Json;
use openai::Head;
use serde_json::{json, Value};
use sp_core::crypto::Ss58Codec;
use std::convert::Infallible;

const MINER: HeaderName = HeaderName::from_static("plexus-miner");
const CHUNK: &str = "chat.completion.chunk";

/// A served answer, cut at the app's stop texts.
pub struct Completion<'a> {
    request: &'a Request,
    served: &'a Served,
    text: &'a str,
    finish: &'static str,
    head: Head,
}

impl<'a> Completion<'a> {
    pub fn new(request: &'a Request, served: &'a Served) -> Self {
        let (text, finish) = cut(&served.reply.text, &request.stop, served.reply.finish);
        let id = format!("chatcmpl-{}", hex::encode(&served.proof.receipt.request_hash.as_bytes()[..12]));
        let head = Head::new(id, &request.model, request.stream && request.include_usage);
        Self { request, served, text, finish, head }
    }

    pub fn into_response(self) -> Response {
        let mut response = if self.request.stream { self.stream() } else { Json(self.whole()).into_response() };
        let miner = HeaderValue::from_str(&self.served.proof.miner.to_ss58check());
        response.headers_mut().extend(miner.ok().map(|miner| (MINER, miner)));
        response
    }

    fn whole(&self) -> Value {
        let message = json!({ "role": "assistant", "content": self.text, "refusal": null });
        let choice = json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": self.finish });
        self.head.object("chat.completion", json!([choice]), json!({ "usage": self.usage(), "plexus": self.plexus() }))
    }

    fn stream(&self) -> Response {
        let events: Vec<String> = self.chunks().iter().map(Value::to_string).chain(["[DONE]".to_owned()]).collect();
        let events = events.into_iter().map(|data| Ok::<_, Infallible>(Event::default().data(data)));
        Sse::new(futures::stream::iter(events)).into_response()
    }

    /// Role, words, finish and, where asked for, usage; the miner's signature comes with the finish.
    fn chunks(&self) -> Vec<Value> {
        let none = || json!({});
        let mut chunks = vec![self.chunk(json!({ "role": "assistant", "content": "" }), None, none())];
        let words = self.text.split_inclusive(char::is_whitespace);
        chunks.extend(words.map(|word| self.chunk(json!({ "content": word }), None, none())));
        chunks.push(self.chunk(none(), Some(self.finish), json!({ "plexus": self.plexus() })));
        if self.request.include_usage {
            chunks.push(self.head.usage_chunk(CHUNK, self.usage()));
        }
        chunks
    }

    fn chunk(&self, delta: Value, finish: Option<&str>, extra: Value) -> Value {
        let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        self.head.chunk(CHUNK, choice, extra)
    }

    fn usage(&self) -> Value {
        openai::usage(self.served.reply.prompt_tokens, self.served.reply.completion_tokens)
    }

    /// What an app saves to audit the answer later.
    fn plexus(&self) -> Value {
        json!(self.served.proof)
    }
}

/// The text before the first stop text, and why it ends there.
fn cut<'a>(text: &'a str, stop: &[String], finish: &'static str) -> (&'a str, &'static str) {
    match stop.iter().filter_map(|stop| text.find(stop.as_str())).min() {
        Some(end) => (&text[..end], "stop"),
        None => (text, finish),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_stop_text_ends_the_answer() {
        let stop = ["two".to_owned(), "one".to_owned()];
        assert_eq!(cut("zero one two", &stop, "length"), ("zero ", "stop"));
        assert_eq!(cut("zero", &stop, "length"), ("zero", "length"));
    }
}
