//! The run in one machine-readable document.

use super::checks::{self, Check};
use super::ledger::Ledger;
use super::standing::{standings, Reply, Standing, Supply};
use primitives::{Amount, BlockNumber, Metagraph, NetUid};
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether every check passed.
    pub story_came_true: bool,
    pub checks: Vec<Check>,
    /// From the command to the first epoch that paid a miner for its answers, in seconds.
    pub command_to_first_emission_s: Option<f64>,
    /// Seconds from the command to the end of each step.
    pub steps: Vec<Step>,
    pub netuid: NetUid,
    pub block: BlockNumber,
    pub epochs: u32,
    /// Base units that exist.
    pub total_issuance: Amount,
    pub neurons: Vec<Standing>,
    pub answer: Option<Reply>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub name: &'static str,
    pub at_s: f64,
}

/// What a report is made from.
pub struct Evidence<'a> {
    pub chats: bool,
    pub metagraph: &'a Metagraph,
    pub ledger: &'a Ledger,
    pub reply: Option<&'a Reply>,
    pub supply: &'a Supply,
    pub steps: &'a [Step],
}

impl Report {
    pub fn new(evidence: &Evidence) -> Self {
        let Evidence { chats, metagraph, ledger, reply, supply, steps } = evidence;
        let neurons = standings(metagraph, ledger);
        let checks = checks::story(*chats, &neurons, *reply, supply);
        Self {
            story_came_true: checks.iter().all(|check| check.passed),
            checks,
            command_to_first_emission_s: ledger.first_emission.map(seconds),
            steps: steps.to_vec(),
            netuid: metagraph.subnet.netuid,
            block: metagraph.block,
            epochs: ledger.epochs,
            total_issuance: metagraph.total_issuance,
            neurons,
            answer: reply.cloned(),
        }
    }

    /// The checks, one a line, for people.
    pub fn verdict(&self) -> String {
        let lines: Vec<String> = self.checks.iter().map(Check::line).collect();
        lines.join("\n")
    }
}

impl Check {
    pub fn line(&self) -> String {
        let mark = if self.passed { '✔' } else { '✘' };
        format!("{mark} {}: {}", self.name.replace('_', " "), self.detail)
    }
}

/// In tenths.
pub fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}
