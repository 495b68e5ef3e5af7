//! Tests with the shipped model, through the public interface.

mod asking;
mod common;
mod engine;
mod families;
mod loading;
mod requests;
mod verification;
