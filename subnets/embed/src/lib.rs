//! The embed subnet: miners turn sentences into vectors with a BERT, validators compute a sample of them again.
//!
//! What is embedded of each text begins with words derived from the miner's hotkey and the challenge ([`EmbedChallenge::salted`]), so a
//! vector made by or for another miner does not fit. Which vectors are checked follows from the round's seed, which miners
//! do not know.

pub mod adversary;
mod answer;
mod challenge;
mod encoder;
mod grader;
pub mod random;
mod sentences;
mod solver;
mod verify;

pub use answer::{EmbedAnswer, Vector};
pub use challenge::{EmbedChallenge, MAX_TEXTS, MAX_TEXT_BYTES};
pub use encoder::{cosine, EmbedError, Encoder, MAX_DIMENSIONS};
pub use grader::{spec, EmbedSubnet, PACE};
pub use solver::EmbedSolver;
pub use verify::{verify, Fault, MAX_DISTANCE, SAMPLE};
