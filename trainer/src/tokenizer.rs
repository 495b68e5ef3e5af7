//! A byte-level BPE tokenizer with the special tokens of the chat format.

use std::collections::HashSet;

use anyhow::{anyhow, Context};
use tokenizers::models::bpe::{BpeTrainerBuilder, BPE};
use tokenizers::models::TrainerWrapper;
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer};

pub const END: &str = "<|end|>";
pub const USER: &str = "<|user|>";
pub const ASSISTANT: &str = "<|assistant|>";
pub const SYSTEM: &str = "<|system|>";

/// How Qwen2 splits text before merging: words with their space, and each digit alone, which is what sums are learned by.
/// GGUF files name this way of splitting, so that the tokenizer survives the change of format.
const SPLITTING: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Every message ends with the end token; what is neither the system's nor the assistant's speaks as the user. Tools
/// and calls are shown as JSON, so that a request with them is understood as far as so small a model can.
pub const CHAT_TEMPLATE: &str = "{% if tools %}<|system|>Tools: {{ tools | tojson }}<|end|>{% endif %}\
    {% for message in messages %}\
    {% if message['role'] == 'assistant' %}<|assistant|>\
    {% elif message['role'] == 'system' %}<|system|>\
    {% else %}<|user|>{% endif %}\
    {% if message['content'] %}{{ message['content'] | trim }}{% endif %}\
    {% if message['tool_calls'] %}{{ message['tool_calls'] | tojson }}{% endif %}<|end|>\
    {% endfor %}\
    {% if add_generation_prompt %}<|assistant|>{% endif %}";

/// Learns the merges from `text`. All 256 bytes are in the vocabulary, so that any text can be encoded.
pub fn train<'a>(texts: impl Iterator<Item = &'a str> + Send, vocab_size: usize) -> anyhow::Result<Tokenizer> {
    let special = [END, USER, ASSISTANT, SYSTEM].map(|token| AddedToken::from(token, true));
    let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
        .vocab_size(vocab_size)
        .show_progress(false)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect::<HashSet<char>>())
        .special_tokens(special.to_vec())
        .build()
        .into();
    let mut tokenizer = Tokenizer::new(BPE::default());
    let bytes = ByteLevel::new(false, false, false);
    let split = Split::new(SplitPattern::Regex(SPLITTING.into()), SplitDelimiterBehavior::Isolated, false)
        .map_err(|error| anyhow!("cannot compile the pattern that splits text: {error}"))?;
    tokenizer.with_normalizer(Some(NFC)).map_err(|error| anyhow!("cannot normalise text: {error}"))?;
    tokenizer.with_pre_tokenizer(Some(Sequence::new(vec![split.into(), bytes.into()]))).with_decoder(Some(bytes));
    tokenizer.train(&mut trainer, texts).map_err(|error| anyhow!("cannot train the tokenizer: {error}"))?;
    Ok(tokenizer)
}

/// The ids of a plain text.
pub fn encode(tokenizer: &Tokenizer, text: &str) -> anyhow::Result<Vec<u32>> {
    let encoding = tokenizer.encode_fast(text, false).map_err(|error| anyhow!("cannot encode the text: {error}"))?;
    Ok(encoding.get_ids().to_vec())
}

/// The id of one of the special tokens.
pub fn special(tokenizer: &Tokenizer, token: &str) -> anyhow::Result<u32> {
    tokenizer.token_to_id(token).with_context(|| format!("the tokenizer lost its special token {token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digit_is_a_token_and_every_text_comes_back() {
        let tokenizer = train(["12 and 12 and 12 whales. "; 50].into_iter(), 300).unwrap();
        for text in ["12", "Whales, 12 of them!", "\u{1F40B} ça\n\n  x"] {
            let ids = encode(&tokenizer, text).unwrap();
            assert_eq!(tokenizer.decode(&ids, false).unwrap(), text);
        }
        assert_eq!(encode(&tokenizer, "12").unwrap().len(), 2);
        assert_eq!(encode(&tokenizer, "12 and").unwrap().len(), 3);
    }
}
