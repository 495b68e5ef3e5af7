//! What may depend on what; see `tests/arrows.rs`.
