//! What a subnet is: the challenges that it draws, the answers that it expects and how it scores them.
//!
//! [`Subnet`] is the grader's side and [`Solver`] the miner's; both name the subnet's own types. [`AnySubnet`] and
//! [`AnySolver`] are their type-erased twins, which every subnet and solver has for nothing, so that a validator and a
//! miner handle bytes and never name a subnet. [`conformance::check`] tests a subnet's laws in one line.
//!
//! Drawing is deterministic in its seed and scoring is pure, so that any round can be replayed and audited.

mod average;
pub mod conformance;
mod erased;
mod record;
mod score;
mod seed;
mod solver;
mod spec;
mod speed;
mod traits;
mod upstream;

pub use average::{Average, Finding, Standing};
pub use erased::{AnyRound, AnySolver, AnySubnet};
pub use record::{Record, RecordedAnswer, ReplayError};
pub use score::{GradeError, Judgement, Score};
pub use seed::{Draw, Seed};
pub use solver::{EngineReport, LoadReport, Report, SolveError, Solver};
pub use spec::Spec;
pub use speed::Pace;
pub use traits::{schema, Received, Subnet, Wire};
pub use upstream::{Peer, Upstream};

/// An account; solvers and graders know miners by their hotkey.
pub use primitives::AccountId;
