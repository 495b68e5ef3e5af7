//! A byte-level BPE tokenizer with the special tokens of the chat format.

use std::collections::HashSet;

use anyhow::{anyhow, Context};
use tokenizers::models::bpe::{BpeTrainerBuilder, BPE};
use tokenizers::models::TrainerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, Tokenizer};

pub const END: &str = "<|end|>";
pub const USER: &str = "<|user|>";
pub const ASSISTANT: &str = "<|assistant|>";

/// Every message ends with the end token; what is not the assistant's speaks as the user.
pub const CHAT_TEMPLATE: &str = "{% for message in messages %}\
    {% if message['role'] == 'assistant' %}<|assistant|>{% else %}<|user|>{% endif %}\
    {{ message['content'] | trim }}<|end|>\
    {% endfor %}\
    {% if add_generation_prompt %}<|assistant|>{% endif %}";

/// Learns the merges from `text`. All 256 bytes are in the vocabulary, so that any text can be encoded.
pub fn train(text: &str, vocab_size: usize) -> anyhow::Result<Tokenizer> {
    let special = [END, USER, ASSISTANT].map(|token| AddedToken::from(token, true));
    let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
        .vocab_size(vocab_size)
        .show_progress(false)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect::<HashSet<char>>())
        .special_tokens(special.to_vec())
        .build()
        .into();
    let mut tokenizer = Tokenizer::new(BPE::default());
    let bytes = ByteLevel::new(false, true, true);
    tokenizer.with_pre_tokenizer(Some(bytes)).with_decoder(Some(bytes));
    tokenizer
        .train(&mut trainer, text.split_inclusive("\n\n"))
        .map_err(|error| anyhow!("cannot train the tokenizer: {error}"))?;
    Ok(tokenizer)
}

/// The ids of a plain text.
pub fn encode(tokenizer: &Tokenizer, text: &str) -> anyhow::Result<Vec<u32>> {
    let encoding = tokenizer.encode(text, false).map_err(|error| anyhow!("cannot encode the text: {error}"))?;
    Ok(encoding.get_ids().to_vec())
}

/// The id of one of the special tokens.
pub fn special(tokenizer: &Tokenizer, token: &str) -> anyhow::Result<u32> {
    tokenizer.token_to_id(token).with_context(|| format!("the tokenizer lost its special token {token}"))
}
