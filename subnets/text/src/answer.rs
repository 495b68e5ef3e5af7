use inference::{Commitment, Finish, Generation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a miner returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextAnswer {
    /// Hash of configuration, tokenizer and weights of the model that ran, see [`inference::Model::id`].
    pub model: String,
    /// An end-of-text token, if there is one, included.
    pub tokens: Vec<u32>,
    /// Natural logarithm of each token's probability before temperature and noise.
    pub logprobs: Vec<f32>,
    pub text: String,
    pub finish: Finish,
    /// To the hidden states behind each 32 tokens, see [`Commitment::encode`]; none from engines that cannot give them,
    /// whose tokens must then convince by themselves.
    #[serde(default)]
    pub commitments: Vec<String>,
}

impl TextAnswer {
    pub fn new(model: &str, generation: Generation) -> Self {
        let Generation { tokens, logprobs, text, finish, commitments } = generation;
        let commitments = commitments.iter().map(Commitment::encode).collect();
        Self { model: model.to_owned(), tokens, logprobs, text, finish, commitments }
    }
}
