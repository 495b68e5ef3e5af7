//! Servers that behave like the engines behind a miner, as far as it can see.

use crate::support::model;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{json, Map, Value};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::Arc;
use tokio::net::TcpListener;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    LlamaCpp,
    /// Shows no token of which the position is a multiple of three, as if all of those ended within a character.
    LlamaCppHiding,
    Vllm,
    Sglang,
    /// Tells texts instead of tokens.
    OpenAi,
}

pub struct Fake {
    kind: Kind,
    /// Most likely tokens that it tells.
    most: usize,
    pub calls: AtomicUsize,
    /// Answers nothing but errors while set.
    pub broken: AtomicBool,
    /// Breaks after as many calls.
    pub breaks_after: AtomicUsize,
    /// Fails the one call that comes after as many.
    pub fails_once_after: AtomicUsize,
    /// Refuses completions with this status unless it is 0.
    pub refuses: AtomicU16,
    /// Likely tokens that the newest call asked for.
    pub top: AtomicUsize,
}

/// One position: what it goes on with, and the likeliest.
type Step = (u32, f32, Vec<(u32, f32)>);

impl Fake {
    pub async fn start(kind: Kind, most: usize) -> (String, Arc<Fake>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (calls, broken) = (0.into(), false.into());
        let [breaks_after, fails_once_after] = [(); 2].map(|()| usize::MAX.into());
        let (refuses, top) = (0.into(), 0.into());
        let fake = Arc::new(Fake { kind, most, calls, broken, breaks_after, fails_once_after, refuses, top });
        let router = Router::new()
            .route("/v1/models", get(models))
            .route("/v1/completions", post(completions))
            .route("/generate", post(generate))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, fake)
    }

    fn works(&self) -> bool {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        if calls >= self.breaks_after.load(Ordering::Relaxed) {
            self.broken.store(true, Ordering::Relaxed);
        }
        !self.broken.load(Ordering::Relaxed) && calls != self.fails_once_after.load(Ordering::Relaxed)
    }

    /// Goes on from `tokens` with the likeliest token after biases, told with the probabilities before them.
    fn steps(&self, tokens: &Value, count: &Value, settings: &Value, top: usize) -> Vec<Step> {
        let mut tokens: Vec<u32> = serde_json::from_value(tokens.clone()).unwrap();
        let biases = settings["logit_bias"].as_object().cloned().unwrap_or_default();
        assert_eq!(settings["temperature"], 0);
        let (model, mut steps) = (model(), Vec::new());
        while steps.len() < count.as_u64().unwrap() as usize && tokens.len() < model.context_length() {
            let all = model.likeliest(&tokens, model.vocab_size()).unwrap();
            let refused = |token| settings["ignore_eos"] == true && self.kind == Kind::LlamaCpp && model.is_end(token);
            let sum = |(token, logprob): &(u32, f32)| {
                logprob + biases.get(&token.to_string()).map_or(0.0, |bias| bias.as_f64().unwrap() as f32)
            };
            let allowed = all.iter().filter(|(token, _)| !refused(*token));
            let (chosen, logprob) = *allowed.max_by(|a, b| sum(a).total_cmp(&sum(b))).unwrap();
            tokens.push(chosen);
            steps.push((chosen, logprob, all[..top].to_vec()));
            if model.is_end(chosen) && settings["ignore_eos"] != true {
                break;
            }
        }
        steps
    }
}

async fn models(State(fake): State<Arc<Fake>>) -> Response {
    if fake.broken.load(Ordering::Relaxed) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let owner = match fake.kind {
        Kind::LlamaCpp | Kind::LlamaCppHiding => "llamacpp",
        Kind::Vllm => "vllm",
        Kind::Sglang => "sglang",
        Kind::OpenAi => "openai",
    };
    Json(json!({ "object": "list", "data": [{ "id": "tiny", "object": "model", "owned_by": owner }] })).into_response()
}

async fn completions(State(fake): State<Arc<Fake>>, Json(asked): Json<Value>) -> Response {
    let top = asked["logprobs"].as_u64().unwrap() as usize;
    fake.top.store(top, Ordering::Relaxed);
    if let Some(status) = NonZeroU16::new(fake.refuses.load(Ordering::Relaxed)) {
        return (StatusCode::from_u16(status.get()).unwrap(), "no").into_response();
    }
    if !fake.works() {
        return (StatusCode::INTERNAL_SERVER_ERROR, "out of memory").into_response();
    }
    if top > fake.most || asked["model"] != "tiny" {
        return (StatusCode::BAD_REQUEST, "logprobs must not be greater than max_logprobs").into_response();
    }
    let worker = fake.clone();
    let steps = move || worker.steps(&asked["prompt"], &asked["max_tokens"], &asked, top);
    let steps = tokio::task::spawn_blocking(steps).await.unwrap();
    let usage = json!({ "prompt_tokens": 1, "completion_tokens": steps.len() });
    let logprobs = match fake.kind {
        Kind::Vllm => columns(&steps, |token| format!("token_id:{token}")),
        Kind::OpenAi => columns(&steps, |token| model().decode(&[token]).unwrap()),
        Kind::LlamaCppHiding if steps.len() > 1 => listed(&steps[..steps.len() - steps.len() / 3]),
        _ => listed(&steps),
    };
    Json(json!({ "choices": [{ "index": 0, "text": "", "logprobs": logprobs }], "usage": usage })).into_response()
}

fn columns(steps: &[Step], name: impl Fn(u32) -> String) -> Value {
    let tops = steps.iter().map(|(_, _, top)| {
        Value::Object(top.iter().map(|(token, logprob)| (name(*token), json!(logprob))).collect::<Map<_, _>>())
    });
    let tokens = steps.iter().map(|(chosen, ..)| name(*chosen));
    let logprobs = steps.iter().map(|(_, logprob, _)| logprob);
    json!({
        "tokens": tokens.collect::<Vec<_>>(),
        "token_logprobs": logprobs.collect::<Vec<_>>(),
        "top_logprobs": tops.collect::<Vec<_>>(),
    })
}

fn listed(steps: &[Step]) -> Value {
    let token = |(id, logprob): &(u32, f32)| json!({ "id": id, "token": "", "bytes": [], "logprob": logprob });
    let content = steps.iter().map(|(chosen, logprob, top)| {
        let mut position = token(&(*chosen, *logprob));
        position["top_logprobs"] = top.iter().map(token).collect();
        position
    });
    json!({ "content": content.collect::<Vec<_>>() })
}

async fn generate(State(fake): State<Arc<Fake>>, Json(asked): Json<Value>) -> Response {
    if !fake.works() {
        return (StatusCode::INTERNAL_SERVER_ERROR, "out of memory").into_response();
    }
    let (settings, top) = (asked["sampling_params"].clone(), asked["top_logprobs_num"].as_u64().unwrap() as usize);
    let steps = move || fake.steps(&asked["input_ids"], &settings["max_new_tokens"], &settings, top.min(fake.most));
    let steps = tokio::task::spawn_blocking(steps).await.unwrap();
    let named = |(token, logprob): &(u32, f32)| json!([logprob, token, null]);
    let chosen = steps.iter().map(|(chosen, logprob, _)| named(&(*chosen, *logprob))).collect::<Vec<_>>();
    let tops = steps.iter().map(|(_, _, top)| top.iter().map(named).collect::<Vec<_>>()).collect::<Vec<_>>();
    Json(json!({ "text": "", "meta_info": { "output_token_logprobs": chosen, "output_top_logprobs": tops } }))
        .into_response()
}
