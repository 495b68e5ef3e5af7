//! What can go wrong, told so that the reader knows what to do next.

use std::path::PathBuf;

/// Why a model folder could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(
        "{path} is missing: a model folder holds config.json, tokenizer.json and model.safetensors or an index of it",
        path = .0.display()
    )]
    MissingFile(PathBuf),
    #[error("{path} holds several .gguf files: give the path of the one to load", path = .0.display())]
    SeveralModels(PathBuf),
    #[error("{path} is a GGUF file and loaded as it is: leave out the format to quantise to", path = .0.display())]
    Quantised(PathBuf),
    #[error("cannot read {path}", path = .path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} is truncated or damaged ({reason}): copy or download it again", path = .path.display())]
    Corrupt { path: PathBuf, reason: String },
    #[error("this engine does not run {what}: choose a Llama, Mistral, Qwen2 or Qwen3 model as safetensors in 16 or 32 bit, or as GGUF")]
    Unsupported { what: String },
    #[error("the model's configuration contradicts itself: {0}")]
    InvalidConfig(String),
    #[error("the weights lack the tensor {0}: they do not belong to this configuration, or a shard is missing")]
    MissingTensor(String),
    #[error(
        "{name} has the shape {found:?} and the configuration wants {expected:?}: the files do not belong together"
    )]
    WrongShape { name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("cannot use {device}: {reason}")]
    Device { device: String, reason: String },
    #[error("the model does not fit the device")]
    Placement(#[source] candle_core::Error),
}

/// Why a prompt could not be answered or an answer not be checked.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    #[error("the prompt is empty: give at least one token")]
    EmptyPrompt,
    #[error("the prompt has {tokens} tokens and the model holds {context}, the answer included: shorten it")]
    PromptTooLong { tokens: usize, context: usize },
    #[error("the token {token} is not one of the {vocab_size} of this model")]
    UnknownToken { token: u32, vocab_size: usize },
    #[error("the temperature {0} is not between 0 and 100")]
    InvalidTemperature(f32),
    #[error("max_tokens is 0: allow at least one token")]
    NoTokensAllowed,
    #[error("{name} is {value}, which is not within {least} and {most}")]
    OutOfRange { name: &'static str, value: f32, least: f32, most: f32 },
    #[error("stop takes up to {most} texts of 1 to {bytes} bytes")]
    InvalidStops { most: usize, bytes: usize },
    #[error("the answer cannot be held to this form: {0}")]
    Grammar(String),
    #[error("no honest run of the model gives this answer: {0}")]
    InvalidAnswer(#[from] InvalidAnswer),
    #[error("the model's chat format refuses these messages: {0}")]
    ChatFormat(String),
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    #[error("the model computed values that are not numbers: its weights are damaged")]
    NotANumber,
    #[error("the computation failed on the device")]
    Device(#[from] candle_core::Error),
    #[error("the computation failed on the device: {0}")]
    Pass(String),
    #[error("there is no memory for the keys and values of answers ({0}): give the engine fewer bytes for them")]
    NoRoom(String),
    #[error("the engine has stopped: start the process again")]
    EngineStopped,
}

/// Why an engine did not take a request.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error(transparent)]
    Invalid(#[from] InferenceError),
    #[error(
        "prompt and answer take {tokens} tokens and the engine keeps {most}: ask for less, or give it more memory"
    )]
    TooLarge { tokens: usize, most: usize },
    #[error("all {places} places are taken: try again in a few seconds")]
    Full { places: usize },
    #[error("the engine has stopped: start the process again")]
    Stopped,
}

/// Why an answer is refused before it is compared with the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAnswer {
    #[error("it has no tokens")]
    Empty,
    #[error("it has {tokens} tokens and at most {limit} were asked for")]
    TooLong { tokens: usize, limit: usize },
    #[error("it goes on after its end at token {position}")]
    AfterEnd { position: usize },
    #[error("the token {token} is not one of the {vocab_size} of this model")]
    UnknownToken { token: u32, vocab_size: usize },
}

/// Why no damaged copy of a model could be written.
#[derive(Debug, thiserror::Error)]
pub enum DamageError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("the noise {0} is not a number from 0 up")]
    InvalidNoise(f64),
    #[error("{path} is the model itself: choose another folder for the damaged copy", path = .0.display())]
    SameFolder(PathBuf),
    #[error("cannot write {path}", path = .path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot compute the damaged weights")]
    Compute(#[from] candle_core::Error),
}

/// Why no quantised copy of a model could be written.
#[derive(Debug, thiserror::Error)]
pub enum QuantizeError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("cannot write {path}", path = .path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("cannot quantise the weights")]
    Compute(#[from] candle_core::Error),
}
