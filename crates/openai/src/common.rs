//! Fields that several requests share.

use crate::error::ApiError;
use inference::{Grammar, Sampling, Shaping};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Answers that one request may ask for.
pub const MAX_ANSWERS: usize = 64;

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

pub fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Option::<OneOrMany>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(OneOrMany::One(text)) => vec![text],
        Some(OneOrMany::Many(texts)) => texts,
    })
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct StreamOptions {
    pub include_usage: Option<bool>,
}

/// What to read: a text, texts, tokens, or lists of tokens.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(transparent)]
pub struct Input(Value);

/// One of several inputs.
pub enum Prompt {
    Text(String),
    Tokens(Vec<u32>),
}

impl Input {
    pub fn prompts(&self, name: &'static str) -> Result<Vec<Prompt>, ApiError> {
        let refused = || {
            let message = format!("{name} is neither a text nor a list of texts, of tokens or of lists of tokens");
            ApiError::invalid(Some(name), message)
        };
        match &self.0 {
            one @ Value::String(_) => prompt(one).map(|prompt| vec![prompt]),
            tokens @ Value::Array(items) if items.iter().all(Value::is_number) && !items.is_empty() => {
                prompt(tokens).map(|prompt| vec![prompt])
            }
            Value::Array(items) => items.iter().map(prompt).collect(),
            _ => None,
        }
        .ok_or_else(refused)
    }
}

fn prompt(value: &Value) -> Option<Prompt> {
    let token = |value: &Value| value.as_u64().and_then(|token| u32::try_from(token).ok());
    match value {
        Value::String(text) => Some(Prompt::Text(text.clone())),
        Value::Array(tokens) => tokens.iter().map(token).collect::<Option<_>>().map(Prompt::Tokens),
        _ => None,
    }
}

/// How answers are drawn, beyond the temperature; also what other servers of this API know and OpenAI does not.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct DrawFields {
    seed: Option<i64>,
    top_p: Option<f32>,
    top_k: Option<i64>,
    min_p: Option<f32>,
    presence_penalty: Option<f32>,
    frequency_penalty: Option<f32>,
    repetition_penalty: Option<f32>,
    logit_bias: Option<BTreeMap<String, f32>>,
    guided_json: Option<Value>,
    guided_regex: Option<String>,
    guided_choice: Option<Vec<String>>,
}

impl DrawFields {
    pub fn shaping(&self) -> Result<Shaping, ApiError> {
        let bias = |(token, bias): (&String, &f32)| match token.parse() {
            Ok(token) => Ok((token, *bias)),
            Err(_) => Err(ApiError::invalid(Some("logit_bias"), format!("{token:?} is not the number of a token"))),
        };
        Ok(Shaping {
            // -1 is how some clients say all.
            top_k: self.top_k.map_or(0, |top_k| usize::try_from(top_k).unwrap_or(0)),
            top_p: self.top_p.unwrap_or(1.0),
            min_p: self.min_p.unwrap_or(0.0),
            presence_penalty: self.presence_penalty.unwrap_or(0.0),
            frequency_penalty: self.frequency_penalty.unwrap_or(0.0),
            repetition_penalty: self.repetition_penalty.unwrap_or(1.0),
            logit_bias: self.logit_bias.iter().flatten().map(bias).collect::<Result<_, _>>()?,
        })
    }

    /// The form that the answer is held to by the fields of other servers.
    pub fn grammar(&self) -> Option<Grammar> {
        let schema = self.guided_json.clone().map(Grammar::JsonSchema);
        let regex = || self.guided_regex.clone().map(Grammar::Regex);
        schema.or_else(regex).or_else(|| self.guided_choice.clone().map(Grammar::Choice))
    }

    /// With a seed, the answer of this index is the same each time.
    pub fn sampling(&self, temperature: f32, max_tokens: usize, index: usize) -> Result<Sampling, ApiError> {
        let mut noise = [0; 32];
        match self.seed {
            Some(seed) => {
                noise[..8].copy_from_slice(&seed.to_le_bytes());
                noise[8..16].copy_from_slice(&(index as u64).to_le_bytes());
            }
            None => getrandom::fill(&mut noise).map_err(crate::error::internal)?,
        }
        Ok(Sampling { temperature, max_tokens, noise })
    }
}

/// Some of the fields that a request has beyond those that it names itself. Not by `serde(flatten)`, which cannot read
/// numbers where JSON keeps them in full precision, as it does within this workspace.
pub fn fields<T: DeserializeOwned>(rest: &Map<String, Value>) -> Result<T, ApiError> {
    serde_json::from_value(Value::Object(rest.clone()))
        .map_err(|error| ApiError::invalid(None, format!("a field has a value that is not served: {error}")))
}

pub fn check_temperature(temperature: Option<f32>) -> Result<f32, ApiError> {
    let temperature = temperature.unwrap_or(1.0);
    match (0.0..=2.0).contains(&temperature) {
        true => Ok(temperature),
        false => Err(ApiError::invalid(Some("temperature"), "temperature must lie between 0 and 2")),
    }
}

pub fn check_stop(stop: &[String]) -> Result<(), ApiError> {
    match stop.len() > 4 || stop.iter().any(String::is_empty) {
        true => Err(ApiError::invalid(Some("stop"), "stop takes one to four texts, none of them empty")),
        false => Ok(()),
    }
}

pub fn check_answers(name: &'static str, count: usize, most: usize) -> Result<(), ApiError> {
    match (1..=most).contains(&count) {
        true => Ok(()),
        false => Err(ApiError::invalid(Some(name), format!("{count} answers are asked for, and 1 to {most} served"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn inputs_come_in_four_shapes() {
        let count = |input: Value| Input(input).prompts("prompt").map(|prompts| prompts.len()).ok();
        assert_eq!(count(json!("text")), Some(1));
        assert_eq!(count(json!(["a", "b"])), Some(2));
        assert_eq!(count(json!([1, 2, 3])), Some(1));
        assert_eq!(count(json!([[1], [2, 3]])), Some(2));
        for wrong in [json!(1), json!([1, "a"]), json!([-1]), json!([1.5]), json!({}), json!(null)] {
            assert_eq!(count(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn draws_are_read_and_a_seed_fixes_them() {
        let rest = json!({ "top_p": 0.5, "top_k": -1, "seed": 3, "logit_bias": { "7": -1 }, "other": 1.5 });
        let draw: DrawFields = fields(rest.as_object().unwrap()).unwrap();
        let shaping = draw.shaping().unwrap();
        assert_eq!((shaping.top_p, shaping.top_k, shaping.logit_bias), (0.5, 0, vec![(7, -1.0)]));
        let noise = |index| draw.sampling(1.0, 1, index).unwrap().noise;
        assert!(noise(0) == noise(0) && noise(0) != noise(1));
        let free = DrawFields::default();
        assert_ne!(free.sampling(1.0, 1, 0).unwrap().noise, free.sampling(1.0, 1, 0).unwrap().noise);
    }
}
