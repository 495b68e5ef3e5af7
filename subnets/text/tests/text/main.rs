//! The text subnet with the model that ships, at the thresholds that ship.

mod backend;
mod challenges;
mod cheats;
mod engines;
mod interop;
mod solvers;
mod support;
mod thresholds;
mod verification;
