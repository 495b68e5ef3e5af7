//! A subnet written in any language: its solver and its scorer are a program that speaks HTTP and JSON.
//!
//! [`RemoteSubnet`] puts a validator, and [`RemoteSolver`] a miner, in front of such a program. What the program is asked
//! and has to answer is the contract of `docs/any-language.md`, version [`CONTRACT`]. A program may fail, hang, flood or
//! lie: a scorer that does makes the round count for nobody, and a solver that does makes its own miner's answer fail.

mod contract;
mod grader;
mod program;
mod solver;
mod wait;

pub use contract::{spec, CONTRACT, MAX_ANSWER, MAX_CHALLENGE, MAX_DEADLINE, MAX_KEY};
pub use grader::RemoteSubnet;
pub use program::{Patience, Program, ProgramError};
pub use solver::RemoteSolver;
