use std::rc::Rc;
use std::time::Duration;

use subnet::{Average, Finding, Pace, Score, Standing};

use super::{Validator, View};
use crate::random::Random;

/// Rounds in an epoch: one in each six blocks of an epoch of 361, where a validator plays about one a block by default.
pub const ROUNDS: usize = 60;
/// The text subnet's: after this an answer is none.
const DEADLINE: Duration = Duration::from_secs(12);
/// Tokens that its challenges ask for.
const FEWEST_TOKENS: f64 = 48.0;
const MOST_TOKENS: f64 = 256.0;
const AVERAGE: Average = Average { rate: 0.1 };
/// Relative standard deviation of how long the same work takes.
const JITTER: f64 = 0.05;

/// How a miner works, be it honest or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worker {
    /// Tokens per second.
    pub speed: f64,
    /// Seconds of an answer that are not for its tokens.
    pub latency: f64,
    /// Chance that it answers.
    pub available: f64,
    /// Chance that an answer passes the check.
    pub passes: f64,
}

/// Who works in which epoch on which seat.
pub type Crew = Rc<Vec<Vec<Option<Worker>>>>;

/// Judges as the network's validators do: rounds, scores by speed, moving averages, weights in proportion to them.
pub struct Judge {
    crew: Crew,
    standings: Vec<Standing>,
    random: Random,
}

impl Judge {
    pub fn new(crew: Crew, random: Random) -> Self {
        let standings = vec![Standing::default(); crew.first().map_or(0, Vec::len)];
        Self { crew, standings, random }
    }

    fn round(&mut self, epoch: usize) {
        let tokens = FEWEST_TOKENS + self.random.uniform() * (MOST_TOKENS - FEWEST_TOKENS);
        for seat in 0..self.standings.len() {
            if let Some(worker) = self.crew[epoch][seat] {
                let finding = self.finding(worker, tokens as usize);
                self.standings[seat] = AVERAGE.moved(self.standings[seat], finding);
            }
        }
    }

    fn finding(&mut self, worker: Worker, tokens: usize) -> Finding {
        let seconds = worker.latency + tokens as f64 / worker.speed * self.random.around_one(JITTER);
        let took = Duration::from_secs_f64(seconds);
        let [answers, passes] = [worker.available, worker.passes].map(|chance| self.random.uniform() < chance);
        match (answers && took <= DEADLINE, passes) {
            (false, _) => Finding::Absent,
            (true, false) => Finding::Caught,
            (true, true) => Finding::Worth(Score::new(Pace::GENERATION.factor(tokens, took) as f32)),
        }
    }
}

impl Validator for Judge {
    fn weights(&mut self, view: &View) -> Vec<f64> {
        (0..ROUNDS).for_each(|_| self.round(view.epoch));
        self.standings.iter().map(|standing| f64::from(AVERAGE.worth(*standing))).collect()
    }
}
