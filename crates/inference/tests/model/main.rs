//! Tests with the shipped model, through the public interface.

mod common;
mod loading;
mod requests;
mod verification;
