//! How engines are asked for probabilities, and how they tell them.

use super::engine::{Asked, Position};
use serde::Deserialize;
use serde_json::{json, Map, Value};
use std::collections::BTreeMap;

/// How vLLM writes a token that it is asked to name by its id.
const BY_ID: &str = "token_id:";
const NO_IDS: &str = "it does not name tokens by their ids; vLLM, SGLang and the server of llama.cpp do";

/// Whose API an engine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `/v1/completions` of vLLM and of the server of llama.cpp.
    Completions,
    /// `/generate` of SGLang, whose `/v1/completions` tells the texts of tokens but not which they are.
    Generate,
}

impl Dialect {
    /// By the owner that the engine's `/v1/models` names.
    pub fn of(owner: &str) -> Self {
        match owner {
            "sglang" => Self::Generate,
            _ => Self::Completions,
        }
    }

    pub fn path(self) -> &'static str {
        match self {
            Self::Completions => "/v1/completions",
            Self::Generate => "/generate",
        }
    }

    /// The body to post; with the `top` likeliest tokens of each position.
    pub fn request(self, model: &str, asked: &Asked, top: usize) -> Value {
        let biases = asked.biases.iter().map(|(token, bias)| (token.to_string(), json!(bias)));
        let biases = Value::Object(biases.collect::<Map<_, _>>());
        // Else an engine that would end would not tell what comes where we do not end.
        let go_on = asked.biases.is_empty();
        match self {
            Self::Completions => json!({
                "model": model, "prompt": asked.tokens, "max_tokens": asked.positions, "temperature": 0,
                "repetition_penalty": 1.0, "logprobs": top, "return_tokens_as_token_ids": true,
                "ignore_eos": go_on, "logit_bias": biases, "cache_prompt": true,
            }),
            Self::Generate => json!({
                "input_ids": asked.tokens, "return_logprob": true, "top_logprobs_num": top, "logprob_start_len": -1,
                "sampling_params": {
                    "max_new_tokens": asked.positions, "temperature": 0, "ignore_eos": go_on, "logit_bias": biases,
                },
            }),
        }
    }

    /// Nothing where it is not certain which position is which.
    pub fn read(self, body: &[u8], most: usize) -> Result<Vec<Position>, String> {
        let mut positions = match self {
            Self::Completions => completions(body),
            Self::Generate => generate(body),
        }?;
        positions.truncate(most);
        Ok(positions)
    }
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    logprobs: Option<Logprobs>,
}

#[derive(Deserialize)]
struct Usage {
    completion_tokens: usize,
}

/// A list as the server of llama.cpp writes it, or columns as vLLM does.
#[derive(Deserialize)]
struct Logprobs {
    content: Option<Vec<Listed>>,
    #[serde(default)]
    tokens: Vec<String>,
    #[serde(default)]
    token_logprobs: Vec<Option<f32>>,
    #[serde(default)]
    top_logprobs: Vec<Option<BTreeMap<String, f32>>>,
}

#[derive(Deserialize)]
struct Listed {
    id: Option<u32>,
    logprob: f32,
    #[serde(default)]
    top_logprobs: Vec<Listed>,
}

fn completions(body: &[u8]) -> Result<Vec<Position>, String> {
    let Completion { choices, usage } = read(body)?;
    let Some(logprobs) = choices.into_iter().next().and_then(|choice| choice.logprobs) else { return Ok(Vec::new()) };
    let Logprobs { content, tokens, token_logprobs, top_logprobs } = logprobs;
    let positions = match content {
        Some(content) => content.into_iter().map(listed).collect::<Result<Vec<_>, _>>()?,
        None => {
            let rows = tokens.iter().zip(token_logprobs).zip(top_logprobs);
            rows.map(|((token, logprob), top)| column(token, logprob, top)).collect::<Result<_, _>>()?
        }
    };
    // The server of llama.cpp leaves out tokens that end within a character.
    match usage.is_some_and(|usage| usage.completion_tokens != positions.len()) {
        true => Ok(Vec::new()),
        false => Ok(positions),
    }
}

fn listed(position: Listed) -> Result<Position, String> {
    let named = |token: &Listed| token.id.map(|id| (id, token.logprob)).ok_or(NO_IDS);
    let (chosen, logprob) = named(&position)?;
    let top = position.top_logprobs.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    Ok(with_chosen(chosen, Some(logprob), top))
}

fn column(token: &str, logprob: Option<f32>, top: Option<BTreeMap<String, f32>>) -> Result<Position, String> {
    let id = |name: &str| name.strip_prefix(BY_ID).and_then(|id| id.parse::<u32>().ok()).ok_or(NO_IDS);
    let top = top.unwrap_or_default();
    let top = top.iter().map(|(name, logprob)| Ok((id(name)?, *logprob))).collect::<Result<Vec<_>, String>>()?;
    Ok(with_chosen(id(token)?, logprob, top))
}

#[derive(Deserialize)]
struct Generated {
    meta_info: Meta,
}

/// Logprob, id and text of a token.
type Named = (Option<f32>, u32, Option<String>);

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    output_token_logprobs: Vec<Named>,
    #[serde(default)]
    output_top_logprobs: Vec<Option<Vec<Named>>>,
}

fn generate(body: &[u8]) -> Result<Vec<Position>, String> {
    let Meta { output_token_logprobs, output_top_logprobs } = read::<Generated>(body)?.meta_info;
    let position = |((logprob, chosen, _), top): (Named, Option<Vec<Named>>)| {
        let top = top.unwrap_or_default().into_iter().filter_map(|(logprob, id, _)| Some((id, logprob?)));
        with_chosen(chosen, logprob, top.collect())
    };
    Ok(output_token_logprobs.into_iter().zip(output_top_logprobs).map(position).collect())
}

fn with_chosen(chosen: u32, logprob: Option<f32>, mut candidates: Vec<(u32, f32)>) -> Position {
    if candidates.iter().all(|(token, _)| *token != chosen) {
        candidates.extend(logprob.map(|logprob| (chosen, logprob)));
    }
    Position { chosen, candidates }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("what it answers cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions() -> Vec<Position> {
        vec![
            Position { chosen: 7, candidates: vec![(7, -0.5), (9, -1.5)] },
            Position { chosen: 3, candidates: vec![(3, -0.25), (0, -2.0)] },
        ]
    }

    #[test]
    fn the_server_of_llama_cpp_is_understood() {
        let body = br#"{"choices":[{"text":"ab","index":0,"finish_reason":"length","logprobs":{"content":[
            {"id":7,"token":"a","bytes":[97],"logprob":-0.5,"top_logprobs":[
                {"id":7,"token":"a","bytes":[97],"logprob":-0.5},{"id":9,"token":"c","bytes":[99],"logprob":-1.5}]},
            {"id":3,"token":"b","bytes":[98],"logprob":-0.25,"top_logprobs":[
                {"id":3,"token":"b","bytes":[98],"logprob":-0.25},{"id":0,"token":"","bytes":[],"logprob":-2.0}]}
            ]}}],"usage":{"completion_tokens":2,"prompt_tokens":5,"total_tokens":7}}"#;
        assert_eq!(Dialect::of("llamacpp").read(body, 8).unwrap(), positions());
        let hidden = String::from_utf8_lossy(body).replace(r#""completion_tokens":2"#, r#""completion_tokens":3"#);
        assert_eq!(Dialect::Completions.read(hidden.as_bytes(), 8).unwrap(), []);
    }

    #[test]
    fn vllm_is_understood() {
        let body = br#"{"id":"cmpl-1","choices":[{"index":0,"text":"ab","finish_reason":"length","logprobs":{
            "text_offset":[0,1],"tokens":["token_id:7","token_id:3"],"token_logprobs":[-0.5,-0.25],
            "top_logprobs":[{"token_id:7":-0.5,"token_id:9":-1.5},{"token_id:3":-0.25,"token_id:0":-2.0}]}}],
            "usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2}}"#;
        let mut read = Dialect::of("vllm").read(body, 8).unwrap();
        read.iter_mut().for_each(|position| position.candidates.sort_by(|a, b| b.1.total_cmp(&a.1)));
        assert_eq!(read, positions());
    }

    #[test]
    fn sglang_is_understood() {
        let body = br#"{"text":"ab","meta_info":{"finish_reason":{"type":"length","length":2},"completion_tokens":2,
            "output_token_logprobs":[[-0.5,7,null],[-0.25,3,null]],
            "output_top_logprobs":[[[-0.5,7,null],[-1.5,9,null]],[[-0.25,3,null],[-2.0,0,null]]]}}"#;
        assert_eq!(Dialect::of("sglang").read(body, 8).unwrap(), positions());
        assert_eq!(Dialect::of("sglang").read(body, 1).unwrap(), positions()[..1]);
    }

    #[test]
    fn an_engine_that_tells_texts_only_is_refused_with_those_that_do_better() {
        let texts =
            br#"{"choices":[{"logprobs":{"tokens":["a"],"token_logprobs":[-0.5],"top_logprobs":[{"a":-0.5}]}}]}"#;
        assert!(Dialect::Completions.read(texts, 8).unwrap_err().contains("vLLM"));
        let listed = br#"{"choices":[{"logprobs":{"content":[{"token":"a","logprob":-0.5,"top_logprobs":[]}]}}]}"#;
        assert!(Dialect::Completions.read(listed, 8).unwrap_err().contains("vLLM"));
        assert_eq!(Dialect::Completions.read(br#"{"choices":[{"text":"a","logprobs":null}]}"#, 8).unwrap(), []);
    }
}
