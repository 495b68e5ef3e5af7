//! Addition chains: each miner is given a large number and builds it from 1 by additions, in as few as it can.
//!
//! 15 takes five: `1, 2, 3, 6, 12, 15`. A chain is checked in no time and hard to make short, so better algorithms earn
//! more; and as each miner has a number of its own, a copied chain ends at the wrong one.

mod answer;
mod challenge;
mod grader;
mod solver;

pub use answer::{Answer, Fault};
pub use challenge::{Challenge, BITS};
pub use grader::{spec, TemplateSubnet};
pub use solver::TemplateSolver;
