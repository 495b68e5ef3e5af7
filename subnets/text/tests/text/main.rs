//! The text subnet with the model that ships, at the thresholds that ship.

mod solvers;
mod support;
mod thresholds;
mod verification;
