//! The tokenizer inside of a GGUF file: byte-level BPE, with its way of splitting text told by name alone.

use candle_core::quantized::gguf_file::{Content, Value, VersionedMagic};
use candle_core::quantized::tokenizer::TokenizerFromGguf;
use serde_json::Value as Json;
use std::collections::HashMap;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::Tokenizer;

use crate::config::Config;
use crate::error::LoadError;
use crate::files::Files;
use crate::text::TOKENIZER;

const PRE: &str = "tokenizer.ggml.pre";
/// What llama.cpp calls the types of tokens.
const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
const UNUSED: i32 = 5;

/// Reads the tokenizer; says why not, if its way of splitting text is not one of those known here.
pub(super) fn read(header: &Content) -> Result<Tokenizer, String> {
    let pre = match header.metadata.get(PRE).map(Value::to_string) {
        Some(Ok(name)) => name.as_str(),
        _ => "default",
    };
    match pre {
        "qwen2" => from_header(header, &[]),
        // Candle knows llama.cpp's `llama-bpe` under another name, and not that it merges no token that exists whole.
        "llama-bpe" | "llama3" | "llama-v3" => {
            let ignore_merges = ("tokenizer.ggml.ignore_merges", Value::Bool(true));
            from_header(header, &[(PRE, Value::String("llama3".into())), ignore_merges])
        }
        "default" | "gpt-2" | "gpt2" => {
            let mut tokenizer = from_header(header, &[])?;
            // Candle puts a space before the text, which nobody trained these models with.
            tokenizer.with_pre_tokenizer(Some(words()));
            Ok(tokenizer)
        }
        "smollm" => {
            let mut tokenizer = from_header(header, &[(PRE, Value::String("gpt-2".into()))])?;
            tokenizer.with_pre_tokenizer(Some(Sequence::new(vec![Digits::new(true).into(), words().into()])));
            Ok(tokenizer)
        }
        other => Err(format!("it splits text in the way {other:?}")),
    }
}

fn words() -> ByteLevel {
    ByteLevel::new(false, true, true)
}

fn from_header(header: &Content, changes: &[(&str, Value)]) -> Result<Tokenizer, String> {
    let mut metadata = HashMap::new();
    let tokenizer = header.metadata.iter().filter(|(key, _)| key.starts_with("tokenizer."));
    metadata.extend(tokenizer.map(|(key, value)| (key.clone(), value.clone())));
    metadata.extend(changes.iter().map(|(key, value)| (key.to_string(), value.clone())));
    let of_tokenizer =
        Content { magic: VersionedMagic::GgufV3, metadata, tensor_infos: HashMap::new(), tensor_data_offset: 0 };
    Tokenizer::from_gguf(&of_tokenizer).map_err(|error| error.to_string())
}

/// The metadata that says the same as the folder's tokenizer and chat format.
pub(super) fn metadata(files: &mut Files, config: &Config) -> Result<Vec<(String, Value)>, LoadError> {
    let json: Json = serde_json::from_slice(&files.read(TOKENIZER)?)
        .map_err(|error| LoadError::Corrupt { path: files.path(TOKENIZER), reason: error.to_string() })?;
    if json["model"]["type"] != "BPE" || json["decoder"]["type"] != "ByteLevel" {
        return Err(LoadError::Unsupported { what: "a tokenizer other than byte-level BPE inside of GGUF".into() });
    }
    let (tokens, types) = tokens(&json, config);
    let mut all = vec![
        ("model".into(), Value::String("gpt2".into())),
        ("pre".into(), Value::String(pre(&json).into())),
        ("tokens".into(), strings(tokens)),
        ("token_type".into(), Value::Array(types.into_iter().map(Value::I32).collect())),
        ("merges".into(), strings(merges(&json))),
        ("add_bos_token".into(), Value::Bool(false)),
    ];
    let ends = crate::text::end_tokens(files, config)?;
    let keys = ["eos_token_id", "eot_token_id", "eom_token_id"];
    all.extend(keys.iter().zip(&ends).map(|(key, id)| (key.to_string(), Value::U32(*id))));
    let mut all =
        all.into_iter().map(|(key, value): (String, _)| (format!("tokenizer.ggml.{key}"), value)).collect::<Vec<_>>();
    if let Some(template) = crate::chat::template(files)? {
        all.push(("tokenizer.chat_template".into(), Value::String(template)));
    }
    Ok(all)
}

/// How numbers are split tells the families apart.
fn pre(tokenizer: &Json) -> &'static str {
    let splitting = tokenizer["pre_tokenizer"].to_string();
    let has = |part: &str| splitting.contains(part);
    match (has("\\\\p{N}{1,3}"), has("\\\\p{N}"), has("\"individual_digits\":true")) {
        (true, ..) => "llama-bpe",
        (false, true, _) => "qwen2",
        (false, false, true) => "smollm",
        (false, false, false) => "gpt-2",
    }
}

/// Every id of the model needs a token; those that the tokenizer does not know are never drawn in training.
fn tokens(tokenizer: &Json, config: &Config) -> (Vec<String>, Vec<i32>) {
    let mut tokens = (0..config.vocab_size).map(|id| format!("[unused {id}]")).collect::<Vec<_>>();
    let mut types = vec![UNUSED; config.vocab_size];
    let mut put = |id: Option<u64>, text: &str, kind| {
        let Some(id) = id.map(|id| id as usize).filter(|id| *id < config.vocab_size) else { return };
        (tokens[id], types[id]) = (text.to_string(), kind);
    };
    for (text, id) in tokenizer["model"]["vocab"].as_object().into_iter().flatten() {
        put(id.as_u64(), text, NORMAL);
    }
    for added in tokenizer["added_tokens"].as_array().into_iter().flatten() {
        put(added["id"].as_u64(), added["content"].as_str().unwrap_or_default(), CONTROL);
    }
    (tokens, types)
}

/// Files write a merge as one text with a space, or as a pair.
fn merges(tokenizer: &Json) -> Vec<String> {
    let text = |merge: &Json| match merge {
        Json::Array(pair) => pair.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" "),
        other => other.as_str().unwrap_or_default().to_string(),
    };
    tokenizer["model"]["merges"].as_array().into_iter().flatten().map(text).collect()
}

fn strings(texts: Vec<String>) -> Value {
    Value::Array(texts.into_iter().map(Value::String).collect())
}
