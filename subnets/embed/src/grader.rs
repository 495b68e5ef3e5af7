use crate::verify::verify;
use crate::{sentences, EmbedAnswer, EmbedChallenge, Encoder, MAX_DIMENSIONS, MAX_TEXTS};
use std::sync::Arc;
use std::time::Duration;
use subnet::{GradeError, Judgement, Pace, Received, Score, Seed, Spec, Subnet};

/// Largest JSON form of a number in base64, rounded up.
const BYTES_PER_NUMBER: usize = 6;
/// JSON around the vectors.
const FRAME: usize = 1_024;

pub fn spec() -> Spec {
    Spec {
        name: "embed".into(),
        version: 2,
        deadline: Duration::from_secs(12),
        max_challenge_bytes: 64 * 1024,
        max_answer_bytes: MAX_TEXTS * MAX_DIMENSIONS * BYTES_PER_NUMBER + FRAME,
    }
}

/// What the speed of right vectors is worth: the fourth power of texts per second, see [`Pace`].
///
/// An answer counts as if it had taken 200 ms more, so that the way through the network does not decide; one that took no
/// time at all would have the top pace, and be worth one. Half as many texts per second earn a sixteenth, or more where the
/// 200 ms are a good part of it. Several seats on one machine have to share it: its processor is busy with the 16 texts of
/// one challenge, so `k` seats together get hardly more texts per second than one, each takes about `k` times as long, and
/// from answers of 50 ms on all of them together earn less than one seat. A machine that needs less, as GPUs do, gains by a
/// few seats: with answers of 20 ms up to 1.6 times what one earns, with three. How much larger batches gain on GPUs was not
/// measured.
pub const PACE: Pace =
    Pace { top: 80.0, exponent: 4, head: Duration::from_millis(200), head_tokens: 0.0, unit: "texts" };

/// Draws sentences and computes a sample of what comes back again: right vectors are worth their speed, others nothing.
pub struct EmbedSubnet {
    encoder: Arc<Encoder>,
}

impl EmbedSubnet {
    pub fn new(encoder: Arc<Encoder>) -> Self {
        Self { encoder }
    }
}

impl Subnet for EmbedSubnet {
    type Challenge = EmbedChallenge;
    type Answer = EmbedAnswer;
    /// Decides which vectors are checked.
    type Key = Seed;

    fn spec(&self) -> Spec {
        spec()
    }

    fn challenge(&self, seed: Seed) -> Result<(EmbedChallenge, Seed), GradeError> {
        let mut draw = seed.draw();
        let texts = (0..MAX_TEXTS).map(|_| sentences::sentence(&mut draw)).collect();
        let nonce = hex::encode(draw.bytes());
        Ok((EmbedChallenge { texts, nonce }, Seed(draw.bytes())))
    }

    fn score(
        &self,
        challenge: &EmbedChallenge,
        key: &Seed,
        answers: &[Received<EmbedAnswer>],
    ) -> Result<Vec<Judgement>, GradeError> {
        let judge = |received: &Received<EmbedAnswer>| {
            let Some(answer) = &received.answer else { return Ok(Judgement::zero("no answer")) };
            let draw = Seed::of(&[&key.0, received.miner.as_ref()]).draw();
            match verify(&self.encoder, &received.miner, challenge, answer, draw) {
                Ok(None) => {
                    let right = Judgement::new(Score::ONE, "the vectors are those of the model");
                    Ok(PACE.apply(right, answer.vectors.len(), received.took))
                }
                Ok(Some(fault)) => Ok(Judgement::zero(fault.to_string())),
                Err(error) => Err(GradeError(error.to_string())),
            }
        };
        answers.iter().map(judge).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(took: f64) -> f64 {
        PACE.factor(MAX_TEXTS, Duration::from_secs_f64(took))
    }

    /// What `seats` on one machine earn together of what one does, where `took` is its time for one answer.
    fn split(seats: u32, took: f64) -> f64 {
        f64::from(seats) * seat(f64::from(seats) * took) / seat(took)
    }

    #[test]
    fn less_time_is_worth_more_and_the_slowest_answer_in_time_something() {
        assert_eq!(seat(0.0), 1.0);
        assert!((1..600).all(|n| seat(0.02 * f64::from(n)) < seat(0.02 * f64::from(n - 1))));
        let slowest = Score::new(PACE.factor(MAX_TEXTS, spec().deadline) as f32);
        assert!(slowest.get() > f32::MIN_POSITIVE * 1e6);
    }

    #[test]
    fn half_as_fast_earns_a_sixteenth_and_a_tenth_of_a_second_of_network_decides_less() {
        assert!((seat(6.0) / seat(3.0) - 1.0 / 16.0).abs() < 0.02);
        for took in [0.5, 1.0, 3.0] {
            assert!(seat(took + 0.1) / seat(took) > 0.5 && seat(2.0 * took) / seat(took) < 0.2, "{took}");
        }
    }

    #[test]
    fn seats_on_one_machine_earn_less_than_one_seat_unless_it_is_far_faster_than_the_network() {
        for took in [0.05, 0.2, 1.0] {
            assert!((2..64).all(|seats| split(seats, took) < 1.0), "{took}");
        }
        let best = (1..64).map(|seats| split(seats, 0.02)).fold(0.0, f64::max);
        assert!((1.5..1.6).contains(&best), "{best}");
        assert_eq!(split(3, 0.02), best);
    }
}
