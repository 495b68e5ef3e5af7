//! How many miners a round can judge without falling behind.

use std::time::Duration;

/// Miners asked before it is known what judging one costs.
const FIRST: usize = 16;
/// The part of a round's period that judging may take; asking takes the rest.
const SHARE: f64 = 0.5;
/// The part of the newest round in what judging an answer is thought to cost.
const RATE: f64 = 0.2;

pub struct Budget {
    fixed: Option<usize>,
    at_once: usize,
    period: Duration,
    /// Seconds that judging one answer takes.
    cost: Option<f64>,
}

impl Budget {
    /// `fixed` miners a round; without it as many as can be judged within half a `period`, but never more than are asked
    /// `at_once`, so that asking takes one deadline at most, whoever is slow.
    pub fn new(fixed: Option<usize>, at_once: usize, period: Duration) -> Self {
        Self { fixed, at_once, period, cost: None }
    }

    pub fn most(&self) -> usize {
        let affordable = |cost: f64| (self.period.as_secs_f64() * SHARE / cost.max(1e-9)) as usize;
        self.fixed.unwrap_or_else(|| self.cost.map_or(FIRST, affordable).clamp(1, self.at_once.max(1)))
    }

    /// Learns that judging `answers` took so long.
    pub fn learn(&mut self, answers: usize, took: Duration) {
        if answers > 0 {
            let new = took.as_secs_f64() / answers as f64;
            self.cost = Some(self.cost.map_or(new, |cost| cost + RATE * (new - cost)));
        }
    }

    /// Learns that judging `answers` failed after so long: that it is dear, perhaps, but never that it is cheap.
    pub fn learn_of_failure(&mut self, answers: usize, took: Duration) {
        let (cost, most) = (self.cost, self.most());
        self.learn(answers, took);
        if self.most() > most {
            self.cost = cost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(fixed: Option<usize>) -> Budget {
        Budget::new(fixed, 256, Duration::from_secs(12))
    }

    #[test]
    fn as_many_are_judged_as_half_a_period_allows() {
        let mut budget = budget(None);
        assert_eq!(budget.most(), FIRST);
        budget.learn(10, Duration::from_secs(1));
        assert_eq!(budget.most(), 60);
        budget.learn(10, Duration::from_secs(60));
        assert!(budget.most() < 10, "{}", budget.most());
        budget.learn(0, Duration::from_secs(60));
        (0..200).for_each(|_| budget.learn(1, Duration::from_micros(1)));
        assert_eq!(budget.most(), 256);
    }

    #[test]
    fn however_dear_somebody_is_judged() {
        let mut budget = budget(None);
        budget.learn(1, Duration::from_secs(3_600));
        assert_eq!(budget.most(), 1);
    }

    #[test]
    fn a_failure_teaches_that_judging_is_dear_and_never_that_it_is_cheap() {
        let mut budget = budget(None);
        budget.learn_of_failure(16, Duration::from_millis(1));
        assert_eq!(budget.most(), FIRST);
        budget.learn_of_failure(16, Duration::from_secs(96));
        assert_eq!(budget.most(), 1);
    }

    #[test]
    fn an_operator_knows_best() {
        let mut budget = budget(Some(500));
        budget.learn(1, Duration::from_secs(100));
        assert_eq!(budget.most(), 500);
    }
}
