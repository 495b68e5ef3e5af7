//! A person's question as a challenge, and a miner's answer as text, for the subnets that can chat.

use inference::{Finish, InferenceError, Model};
use std::sync::Arc;
use subnet::AccountId;
use subnet_text::{spec, verify, TextAnswer, TextChallenge, Verdict, DEFAULT_TOKENS, MAX_TOKENS};

pub use inference::Message;
pub use subnet_text::{CHAT_TEMPERATURE, NONCE_BYTES};

/// What a person asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub messages: Vec<Message>,
    /// More than the model or the subnet allows is cut to what they allow.
    pub max_tokens: Option<u32>,
    /// 0 (the likeliest token always) to 2.
    pub temperature: f32,
    /// Makes two otherwise equal questions different.
    pub nonce: String,
}

/// A checked answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub text: String,
    /// `stop` or `length`.
    pub finish: &'static str,
    pub prompt_tokens: usize,
    /// An end-of-text token included.
    pub completion_tokens: usize,
}

/// Why a question cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("the messages have {tokens} tokens and the model reads fewer than {limit}: shorten them")]
    TooLong { tokens: usize, limit: usize },
    #[error("the messages take {bytes} bytes and a miner accepts {limit}: shorten them")]
    TooLarge { bytes: usize, limit: usize },
    #[error("the question cannot be put to the model: {0}")]
    Model(#[from] InferenceError),
    #[error("no miner could answer: {0}")]
    Refused(#[from] subnet::SolveError),
}

/// Why an answer is not passed on.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("{0}")]
    Rejected(String),
}

/// The chat side of a subnet. Both calls run a tokenizer or a model, so they block.
pub trait Chat: Send + Sync + 'static {
    /// What people call the model.
    fn model_name(&self) -> &str;

    /// The hash that identifies it.
    fn model_id(&self) -> &str;

    /// The challenge that any miner of the subnet understands.
    fn challenge(&self, ask: &Ask) -> Result<Vec<u8>, ChatError>;

    /// The text of what `miner` answered to `challenge`, if the model really gave it.
    fn read(&self, miner: &AccountId, challenge: &[u8], answer: &[u8]) -> Result<Reply, Unfit>;
}

/// Chats through the text subnet.
pub(crate) struct TextChat(pub Arc<Model>);

impl Chat for TextChat {
    fn model_name(&self) -> &str {
        self.0.name()
    }

    fn model_id(&self) -> &str {
        self.0.id()
    }

    fn challenge(&self, ask: &Ask) -> Result<Vec<u8>, ChatError> {
        let (tokens, limit) = (self.0.encode_chat(&ask.messages)?.len(), self.0.context_length());
        let room = limit.checked_sub(tokens).filter(|room| *room > 0).ok_or(ChatError::TooLong { tokens, limit })?;
        let most = MAX_TOKENS.min(u32::try_from(room).unwrap_or(u32::MAX));
        let challenge = TextChallenge {
            messages: ask.messages.clone(),
            max_tokens: ask.max_tokens.unwrap_or(DEFAULT_TOKENS).min(most),
            temperature: ask.temperature,
            nonce: ask.nonce.clone(),
        };
        challenge.validate()?;
        let bytes = serde_json::to_vec(&challenge).expect("strings and numbers can be written as JSON");
        let limit = spec().max_challenge_bytes;
        if bytes.len() > limit {
            return Err(ChatError::TooLarge { bytes: bytes.len(), limit });
        }
        Ok(bytes)
    }

    fn read(&self, miner: &AccountId, challenge: &[u8], answer: &[u8]) -> Result<Reply, Unfit> {
        let challenge: TextChallenge = serde_json::from_slice(challenge)?;
        let answer: TextAnswer = serde_json::from_slice(answer)?;
        if let Verdict::Rejected(fault) = verify(&self.0, miner, &challenge, &answer) {
            return Err(Unfit::Rejected(fault.to_string()));
        }
        let finish = match answer.finish {
            Finish::Stop => "stop",
            Finish::Length => "length",
        };
        let prompt = self.0.encode_chat(&challenge.messages).map_err(|error| Unfit::Rejected(error.to_string()))?;
        Ok(Reply { completion_tokens: answer.tokens.len(), text: answer.text, finish, prompt_tokens: prompt.len() })
    }
}
