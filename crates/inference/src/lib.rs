//! The model engine: loads a model of the Llama, Mistral or Qwen family, answers prompts, and rechecks the answers of others.
//!
//! An answer is drawn with noise that is fixed by a seed ([`Sampling::noise`]). Who knows the seed can therefore
//! recheck every token of it with one pass over prompt and answer ([`Model::verify`]), instead of generating it again.
//!
//! All calls block; a [`Model`] is shared between threads as an `Arc`. Activations are 32-bit floating point on
//! every device, whatever the weights are stored as, so that honest answers agree closely between machines.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//! use inference::{DeviceChoice, Message, Model, Sampling};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::load("models/tiny".as_ref(), DeviceChoice::Cpu)?;
//! let prompt = model.encode_chat(&[Message { role: "user".into(), content: "Who goes there?".into() }])?;
//! let sampling = Sampling { temperature: 1.0, max_tokens: 64, noise: [7; 32] };
//! let answer = model.generate(&prompt, &sampling, &mut |_token| ControlFlow::Continue(()))?;
//! let evidence = model.verify(&prompt, &answer.tokens, &sampling)?;
//! assert!(evidence.matched == evidence.tokens);
//! # Ok(())
//! # }
//! ```

mod attention;
mod blocks;
mod calls;
mod chat;
mod commitment;
mod config;
mod constraint;
mod damage;
mod decoder;
mod detokenizer;
mod engine;
mod error;
mod files;
mod generate;
mod gguf;
mod host;
mod hugging_face;
mod kv_cache;
mod linear;
mod memory;
mod model;
mod quantised;
mod rotary;
mod sampling;
mod shaping;
mod stop_strings;
mod text;
mod threads;
mod verify;
mod weights;

pub use calls::{CallFormat, ToolCall, ToolCalls};
pub use chat::{Conversation, Message};
pub use commitment::{Commitment, COMMITTED_TOKENS};
pub use constraint::Grammar;
pub use damage::damage;
pub use engine::{Answering, Engine, Event, Limits, Load, Request, TokenChoice};
pub use error::{DamageError, InferenceError, InvalidAnswer, LoadError, QuantizeError, SubmitError};
pub use generate::{Finish, Generation};
pub use gguf::{quantize, unpack, Format};
pub use model::{DeviceChoice, Model};
pub use sampling::{Drawn, Sampling};
pub use shaping::Shaping;
pub use threads::{threads, use_threads};
pub use verify::{Checker, Evidence};
pub use weights::Size;
