//! OpenAI's API: what apps send and read, and a server that answers with an engine of this process.
//!
//! Requests are read leniently, as clients send many fields: unknown ones are ignored, and those that would change the
//! answer but are not served are refused by name.

mod body;
mod chat_request;
mod common;
mod completion_request;
mod embedding_request;
mod error;
mod object;
mod server;

pub use body::read as read_body;
pub use chat_request::{ChatMessage, ChatRequest};
pub use error::{busy, internal, nothing_here, wrong_method, ApiError};
pub use object::{model_card, usage, Head};
pub use server::{Options, Server};
