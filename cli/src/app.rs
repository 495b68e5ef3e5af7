//! A validator's app API, as an OpenAI client sees it, and the proof of who answered.

use crate::sse::Events;
use anyhow::{bail, ensure, Context, Result};
use futures::StreamExt;
use primitives::{AccountId, Uid};
use protocol::Receipt;
use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value};
use std::time::Duration;

/// How long a connection may take, and how long the API may stay silent.
const CONNECT: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(120);
/// Most bytes of an answer with all its framing.
const MAX_ANSWER: usize = 16 << 20;

pub struct App {
    /// Such as `http://127.0.0.1:8080`.
    url: String,
    http: reqwest::Client,
}

/// What is asked.
#[derive(Clone, Debug, Serialize)]
pub struct Prompt {
    pub text: String,
    /// Tokens; without it, as many as the network serves by default.
    pub max_tokens: Option<u32>,
    /// 0 is greedy; without it, 1.
    pub temperature: Option<f32>,
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    pub text: String,
    /// `stop` or `length`.
    pub finish_reason: String,
    #[serde(flatten)]
    pub origin: Origin,
}

/// Who answered, with the proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub miner: AccountId,
    pub uid: Uid,
    pub receipt: Receipt,
    /// What else belongs to the proof: `plexus audit answer` reads it.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Origin {
    /// Whether the miner named is the one that signed the answer.
    pub fn is_proven(&self) -> bool {
        self.receipt.signer == self.miner && self.receipt.verify()
    }
}

impl App {
    pub fn new(url: &str) -> Result<Self> {
        let http = reqwest::Client::builder().connect_timeout(CONNECT).read_timeout(SILENCE).build()?;
        Ok(Self { url: url.trim_end_matches('/').into(), http })
    }

    /// The model that the validator serves.
    pub async fn model(&self) -> Result<String> {
        let models = self.checked(self.http.get(format!("{}/v1/models", self.url))).await?;
        let models: Value = models.json().await.with_context(|| format!("{} is no OpenAI-compatible API", self.url))?;
        let first = models["data"][0]["id"].as_str();
        Ok(first.with_context(|| format!("{} serves no model: is its validator up?", self.url))?.into())
    }

    /// Sends one prompt and hands each piece of text to `on_text` as it arrives.
    pub async fn ask(&self, prompt: &Prompt, mut on_text: impl FnMut(&str)) -> Result<Answer> {
        let request = self.http.post(format!("{}/v1/chat/completions", self.url));
        let response = self.checked(request.json(&body(&self.model().await?, prompt))).await?;
        let (mut stream, mut events, mut reading) = (response.bytes_stream(), Events::default(), Reading::default());
        let mut received = 0;
        while let Some(piece) = stream.next().await {
            let piece = piece.context("the answer broke off: ask again")?;
            received += piece.len();
            ensure!(received <= MAX_ANSWER, "the answer is larger than {MAX_ANSWER} bytes: ask for fewer tokens");
            for data in events.push(&piece)? {
                on_text(&reading.take(&data)?);
            }
        }
        reading.finish()
    }

    async fn checked(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response> {
        let response = request.send().await.with_context(|| {
            format!(
                "no validator answers at {}: name one with --app or PLEXUS_APP, or start `plexus localnet`",
                self.url
            )
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, text) = (response.status(), response.text().await.unwrap_or_default());
        let message = serde_json::from_str::<Value>(&text).ok();
        let message = message.as_ref().and_then(|body| body["error"]["message"].as_str());
        bail!("the validator refused ({status}): {}", message.unwrap_or("it gave no reason"))
    }
}

/// The answer in the body of a stream that was saved whole.
pub fn from_stream(body: &str) -> Result<Answer> {
    let mut reading = Reading::default();
    // The end of a line may be missing at the end of a file.
    for data in Events::default().push(format!("{body}\n").as_bytes())? {
        reading.take(&data)?;
    }
    reading.finish()
}

fn body(model: &str, prompt: &Prompt) -> Value {
    let mut body = json!({ "model": model, "stream": true, "messages": [{ "role": "user", "content": prompt.text }] });
    if let Some(max_tokens) = prompt.max_tokens {
        body["max_tokens"] = max_tokens.into();
    }
    if let Some(temperature) = prompt.temperature {
        body["temperature"] = temperature.into();
    }
    body
}

/// What of a streamed answer has arrived.
#[derive(Default)]
struct Reading {
    text: String,
    finish_reason: Option<String>,
    origin: Option<Origin>,
}

impl Reading {
    /// Takes the payload of one event and returns the text that it adds.
    fn take(&mut self, data: &str) -> Result<String> {
        if data == "[DONE]" {
            return Ok(String::new());
        }
        let chunk: Value = serde_json::from_str(data).context("the validator sent a chunk that is not JSON")?;
        if let Some(message) = chunk["error"]["message"].as_str() {
            bail!("the answer broke off: {message}");
        }
        let choice = &chunk["choices"][0];
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.finish_reason = Some(reason.into());
        }
        if let Some(origin) = chunk.get("plexus") {
            self.origin =
                Some(Origin::deserialize(origin).context("the validator sent a receipt that cannot be read")?);
        }
        let added = choice["delta"]["content"].as_str().unwrap_or_default();
        self.text.push_str(added);
        Ok(added.into())
    }

    fn finish(self) -> Result<Answer> {
        let finish_reason = self.finish_reason.context("the answer broke off before its end: ask again")?;
        let origin =
            self.origin.context("the answer names no miner: this API does not belong to a Plexus validator")?;
        Ok(Answer { text: self.text, finish_reason, origin })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use sp_core::{sr25519, Pair, H256};

    /// An origin that `name` (a development key) signed.
    pub fn origin(name: &str) -> Origin {
        let pair = sr25519::Pair::from_string(name, None).unwrap();
        let response_hash = H256::repeat_byte(2);
        let signature = pair.sign(response_hash.as_bytes());
        let miner: AccountId = pair.public().into();
        let receipt = Receipt { request_hash: H256::repeat_byte(1), response_hash, signer: miner.clone(), signature };
        Origin { miner, uid: 3, receipt, rest: Map::new() }
    }

    fn read(chunks: &[Value]) -> Result<Answer> {
        let mut reading = Reading::default();
        for chunk in chunks {
            reading.take(&chunk.to_string())?;
        }
        reading.take("[DONE]")?;
        reading.finish()
    }

    fn text(text: &str) -> Value {
        json!({ "choices": [{ "delta": { "content": text }, "finish_reason": null }] })
    }

    fn end() -> Value {
        json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }], "plexus": origin("//Dave") })
    }

    #[test]
    fn chunks_make_an_answer_with_its_origin() {
        let answer = read(&[text("To "), text("be"), end()]).unwrap();
        assert_eq!((answer.text.as_str(), answer.finish_reason.as_str()), ("To be", "stop"));
        assert!(answer.origin.is_proven());
    }

    #[test]
    fn an_answer_that_breaks_off_is_an_error() {
        assert!(read(&[text("To ")]).is_err());
        assert!(read(&[text("To "), json!({ "error": { "message": "the miner left" } })]).is_err());
    }

    #[test]
    fn an_origin_with_another_miners_receipt_is_not_proven() {
        let (dave, eve) = (origin("//Dave"), origin("//Eve"));
        assert!(!Origin { miner: eve.miner, ..dave.clone() }.is_proven());
        let receipt = Receipt { signature: eve.receipt.signature, ..dave.receipt.clone() };
        assert!(!Origin { receipt, ..dave }.is_proven());
    }
}
