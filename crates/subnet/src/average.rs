use crate::{Received, Score};

/// What a round found out about one miner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// It gave no answer.
    Absent,
    /// It gave an answer that is worth nothing: a fake.
    Caught,
    Worth(Score),
}

impl Finding {
    /// Of what came back and the score that it got.
    pub fn of<A>(received: &Received<A>, score: Score) -> Self {
        match (&received.answer, score) {
            (None, _) => Self::Absent,
            (Some(_), Score::ZERO) => Self::Caught,
            (Some(_), score) => Self::Worth(score),
        }
    }
}

/// What a miner's rounds so far have come to; of a newcomer, nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// In [0, 1].
    pub average: f32,
    /// Answers that were worth something since it came, or since it was last caught.
    pub genuine: u32,
}

/// How a miner's standing follows from its rounds: a moving average from which whoever is caught starts anew.
///
/// - It starts at zero and lies in [0, 1]. No record, however bad, is worse than none, so that a cheat gains nothing by a
///   new hotkey and has paid for it.
/// - Each round moves it by `rate` of the way to the round's score, an absent miner's towards zero. After `n` rounds a
///   newcomer has `1 - (1 - rate)^n` of what it will have: nine tenths after 22 rounds at a rate of 0.1.
/// - A fake takes all of it, which is the most that can be taken of somebody who could come back under another name. At a
///   rate of 0.1 that costs the pay of twenty rounds and what is missing of the average then; one that passes earns the pay
///   of one.
/// - It counts once `n = 2 / rate` genuine answers came in a row, see [`Average::proof`]. Who passes with a chance of `c`
///   then has `c^n - (1 - c) * d^n / (1 - d)` in the mean, with `d = c * (1 - rate)`: at a rate of 0.1 a millionth for one
///   in two, 0.03 % for two in three, and of an honest miner 97.9 % for 0.999.
/// - Who can check its fakes itself, because it has what the grader has, keeps back those that would fail and is absent
///   instead: it has `c` in the mean, and pays for the check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average {
    /// In (0, 1].
    pub rate: f32,
}

impl Average {
    /// What `old` becomes.
    pub fn moved(&self, old: Standing, finding: Finding) -> Standing {
        let Standing { average, genuine } = old;
        match finding {
            Finding::Absent => Standing { average: average * (1.0 - self.rate), genuine },
            Finding::Caught => Standing::default(),
            Finding::Worth(score) => {
                let average = average + self.rate * (score.get() - average);
                Standing { average, genuine: genuine.saturating_add(1) }
            }
        }
    }

    /// Genuine answers in a row before an average counts.
    ///
    /// The stake behind several validators decides together, so that a fake which passes with one of them is paid nothing.
    /// But a cabal just below half the stake needs only one other validator to be wrong, and the more validators there are,
    /// the likelier one is. At a rate of 0.1 it takes twenty in a row, and the likeliest of fakes, which pass two times in
    /// three, fool one validator in three thousand. An honest miner waits as long, once: by then its average has seven
    /// eighths of what it will have.
    pub fn proof(&self) -> u32 {
        (2.0 / self.rate).ceil() as u32
    }

    /// Genuine answers that are missing before the average counts.
    pub fn missing(&self, standing: Standing) -> u32 {
        self.proof().saturating_sub(standing.genuine)
    }

    /// What a miner counts for beside others, in [0, 1]: its average, once nothing is [`missing`](Self::missing).
    pub fn worth(&self, standing: Standing) -> f32 {
        if self.missing(standing) > 0 {
            0.0
        } else {
            standing.average
        }
    }

    /// Rounds after which a newcomer has `part`, in (0, 1), of what it will have.
    pub fn rounds_to(&self, part: f32) -> u64 {
        ((1.0 - f64::from(part)).ln() / (1.0 - f64::from(self.rate)).ln()).ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountId, Seed};
    use std::time::Duration;

    const RATES: [f32; 4] = [0.02, 0.1, 0.3, 1.0];

    const NEW: Standing = Standing { average: 0.0, genuine: 0 };

    /// Of a miner whose average counts.
    fn proven(average: f32) -> Standing {
        Standing { average, genuine: u32::MAX }
    }

    fn after(average: Average, start: Standing, findings: impl IntoIterator<Item = Finding>) -> f32 {
        average.worth(findings.into_iter().fold(start, |old, finding| average.moved(old, finding)))
    }

    fn good() -> impl Iterator<Item = Finding> {
        std::iter::repeat(Finding::Worth(Score::new(0.8)))
    }

    /// What a miner has in the mean that passes with a chance of `pass` of `total` in each round, and is caught otherwise.
    fn mean(average: Average, pass: usize, total: usize) -> f32 {
        let mut draw = Seed([1; 32]).draw();
        let (mut now, mut sum) = (NEW, 0.0);
        for _ in 0..20_000 {
            let passed = draw.below(total) < pass;
            now = average.moved(now, if passed { Finding::Worth(Score::ONE) } else { Finding::Caught });
            sum += average.worth(now);
        }
        sum / 20_000.0
    }

    #[test]
    fn a_newcomer_has_nine_tenths_of_its_share_after_the_stated_rounds_and_not_before() {
        for rate in [0.02, 0.1, 0.3] {
            let average = Average { rate };
            let rounds = average.rounds_to(0.9) as usize;
            assert!(after(average, NEW, good().take(rounds)) >= 0.9 * 0.8 - 1e-4);
            assert!(after(average, NEW, good().take(rounds - 1)) < 0.9 * 0.8);
        }
        assert_eq!(Average { rate: 0.1 }.rounds_to(0.9), 22);
    }

    #[test]
    fn a_fresh_hotkey_is_never_better_off_than_one_with_a_bad_record() {
        let mut draw = Seed([2; 32]).draw();
        for average in RATES.map(|rate| Average { rate }) {
            let record = (0..50).map(|_| [Finding::Absent, Finding::Caught, Finding::Worth(Score::ONE)][draw.below(3)]);
            let bad = record.fold(NEW, |old, finding| average.moved(old, finding));
            for rounds in 0..40 {
                let [old, new] = [bad, NEW].map(|start| after(average, start, good().take(rounds)));
                assert!((0.0..=1.0).contains(&old) && old >= new, "{average:?}: {old} {new}");
            }
        }
    }

    #[test]
    fn one_fake_that_is_caught_costs_more_than_one_that_passes_earns() {
        let (average, rounds) = (Average { rate: 0.1 }, 300);
        let total = |first: Finding| -> f32 {
            let decay = |now: &Standing| Some(average.moved(*now, Finding::Absent));
            let standings = std::iter::successors(Some(average.moved(proven(0.8), first)), decay);
            standings.take(rounds).map(|standing| average.worth(standing)).sum()
        };
        let [absent, passed, caught] = [Finding::Absent, Finding::Worth(Score::new(0.8)), Finding::Caught].map(total);
        assert!(absent - caught > 8.0 * (passed - absent), "{absent} {passed} {caught}");
    }

    #[test]
    fn being_caught_is_worse_than_being_absent_and_that_is_worse_than_any_worth() {
        for average in [0.02, 0.1, 0.3].map(|rate| Average { rate }) {
            let [caught, absent, poor] = [Finding::Caught, Finding::Absent, Finding::Worth(Score::new(0.001))]
                .map(|one| average.worth(average.moved(proven(0.5), one)));
            assert!(caught < absent && absent < poor, "{average:?}");
        }
    }

    #[test]
    fn a_cheat_has_far_less_than_its_chance_and_an_honest_miner_hardly_less() {
        let average = Average { rate: 0.1 };
        assert!(mean(average, 50, 100) < 1e-4);
        assert!(mean(average, 67, 100) < 0.002);
        assert!(mean(average, 999, 1_000) > 0.97);
    }

    #[test]
    fn an_average_counts_from_the_stated_number_of_genuine_answers_in_a_row_on() {
        let [genuine, caught] = [Finding::Worth(Score::ONE), Finding::Caught];
        for (rate, proof) in [(0.02, 100), (0.1, 20), (0.3, 7), (1.0, 2)] {
            let row = |count| after(Average { rate }, NEW, vec![genuine; count]) > 0.0;
            assert!(!row(proof - 1) && row(proof), "{rate}");
        }
        let row = |findings: &[Finding]| after(Average { rate: 0.7 }, NEW, findings.iter().copied()) > 0.0;
        assert!(!row(&[genuine, genuine, caught, genuine, genuine]));
        // Whoever is away for a while has not been caught.
        assert!(row(&[genuine, Finding::Absent, genuine, genuine]));
    }

    #[test]
    fn an_answer_without_worth_is_told_from_none() {
        let received = |answer| Received::<u8> { miner: AccountId::from([0; 32]), answer, took: Duration::ZERO };
        assert_eq!(Finding::of(&received(None), Score::ZERO), Finding::Absent);
        assert_eq!(Finding::of(&received(Some(1)), Score::ZERO), Finding::Caught);
        assert_eq!(Finding::of(&received(Some(1)), Score::ONE), Finding::Worth(Score::ONE));
    }
}
