use crate::{Judgement, Score};
use std::time::Duration;

/// What the speed of a correct answer is worth: a power of its tokens per second, up to a pace that nobody surpasses.
///
/// The same for everybody: what others do moves nobody's factor, so that no group gains by being slow or fast together.
/// Validators turn scores into weights by their ratios, so that factors far below one are as good as others where all
/// machines are that slow.
///
/// # Why a power
/// One machine behind several seats answers for all of them at the same time. It gives `k` streams `g(k)` times the tokens
/// of one, so each seat is `g(k) / k` as fast, and all of them together earn `k * (g(k) / k)^p` times what one would. For
/// that to be less than one `p` has to exceed `ln k / (ln k - ln g(k))`. A high `p` costs honest people something, too: who
/// is half as fast earns `2^-p`.
///
/// | `p` | half as fast earns | 4 seats on one CPU | 16 | 4 seats on one GPU | 16 | 64 |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | 2 | 25 % | 1.88 | 1.26 | 2.71 | 7.36 | 20.0 |
/// | 4 | 6.3 % | 0.88 | 0.10 | 1.84 | 3.39 | 6.23 |
/// | 8 | 0.4 % | 0.19 | 0.00 | 0.85 | 0.72 | 0.61 |
///
/// The CPU is this engine with a model of 0.6 billion parameters (26.2, 71.7 and 117.7 tokens/s for 1,
/// 4 and 16 streams); on GPUs published curves run along `k^0.86`. No power suits both ends: whichever keeps `k` seats on
/// such a GPU from earning more than one pays a machine that is a tenth slower less than half. Four settles it for CPUs. On
/// a GPU it leaves the second seat 0.36 and the 64th 0.04 of what the same seat earns on a machine of its own (with what is
/// added below, under one half), so that whoever has machines outbids, for each further seat, whoever has only seats.
///
/// # What is added to every answer
/// An answer counts as if `head_tokens` more had been made in `head` before it. Without them a short answer would be nothing
/// but network, and 100 ms would decide. With them a short answer is worth what an ordinary machine's is. How long an answer
/// becomes is drawn by its noise, for all miners alike. The price: where whole answers take no longer than `head`, as with
/// models of a few million parameters, speed and seats are hardly told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Tokens per second, what is added included, that are worth one. As far above what honest machines reach as needed, and
    /// no further: whoever makes answers up is as fast as it likes, and should one pass, this bounds what it is worth.
    pub top: f64,
    pub exponent: u32,
    pub head: Duration,
    pub head_tokens: f64,
    /// What is counted, where it is no tokens.
    pub unit: &'static str,
}

impl Pace {
    /// For text that a model generates.
    pub const GENERATION: Self =
        Self { top: 300.0, exponent: 4, head: Duration::from_millis(200), head_tokens: 10.0, unit: "tokens" };

    /// What `tokens` in `took` are worth, in (0, 1]: more for more tokens in the same time, less for more time.
    pub fn factor(&self, tokens: usize, took: Duration) -> f64 {
        let pace = (tokens as f64 + self.head_tokens) / (took + self.head).as_secs_f64();
        // Multiplied out, because `powi` may round differently elsewhere and records are judged again.
        (0..self.exponent).fold(1.0, |product, _| product * (pace / self.top).min(1.0))
    }

    /// `judgement` of an answer of `tokens` in `took`, times what its speed is worth. What is worth nothing stays so.
    pub fn apply(&self, judgement: Judgement, tokens: usize, took: Duration) -> Judgement {
        if judgement.score == Score::ZERO {
            return judgement;
        }
        let score = Score::new((f64::from(judgement.score.get()) * self.factor(tokens, took)) as f32);
        let (reason, unit) = (judgement.reason, self.unit);
        Judgement::new(score, format!("{reason}; {tokens} {unit} in {:.3} s", took.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace::GENERATION;
    const TOKENS: usize = 160;
    const DEADLINE: Duration = Duration::from_secs(12);
    const LATENCY: f64 = 0.1;

    /// How many times the tokens of one stream this many get, all together.
    type Batching = fn(f64) -> f64;

    /// Measured at 1, 4 and 16 streams with 8-bit weights, before the present kernels, which gain less by batching; between and behind them along powers.
    fn cpu(streams: f64) -> f64 {
        let (four, sixteen) = (71.7_f64 / 26.2, 117.7 / 26.2);
        if streams <= 4.0 {
            return four.powf(streams.ln() / 4_f64.ln());
        }
        four * (sixteen / four).powf((streams / 4.0).ln() / 4_f64.ln())
    }

    fn gpu(streams: f64) -> f64 {
        streams.powf(0.86)
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// What a seat earns on a machine that gives it `speed` tokens/s; late answers are none.
    fn seat(pace: Pace, speed: f64) -> f64 {
        let took = seconds(TOKENS as f64 / speed + LATENCY);
        if took > DEADLINE {
            0.0
        } else {
            pace.factor(TOKENS, took)
        }
    }

    /// What `seats` on one machine earn together, of what one would.
    fn split(pace: Pace, speed: f64, seats: u32, batching: Batching) -> f64 {
        let seats = f64::from(seats);
        seats * seat(pace, speed * batching(seats) / seats) / seat(pace, speed)
    }

    #[test]
    fn more_time_is_worth_less_and_more_tokens_are_worth_more() {
        for tokens in [1, 10, 100, 1_000] {
            for took in 1..120 {
                let factor = |tokens, tenths: u64| PACE.factor(tokens, Duration::from_millis(100 * tenths));
                let [now, later, longer] = [factor(tokens, took), factor(tokens, took + 1), factor(tokens + 1, took)];
                assert!(0.0 < later && later <= now && now <= longer && longer <= 1.0, "{tokens} in {took}");
            }
        }
    }

    #[test]
    fn no_machine_with_a_model_of_use_reaches_the_top() {
        assert!(seat(PACE, 500.0) < 1.0);
        assert_eq!(PACE.factor(100_000, Duration::ZERO), 1.0);
    }

    #[test]
    fn seats_on_one_cpu_earn_less_than_one_seat() {
        for (seats, speed) in (2..=64).flat_map(|seats| [20.0, 26.2, 35.0].map(|speed| (seats, speed))) {
            let gain = split(PACE, speed, seats, cpu);
            assert!(gain < 1.0, "{seats} seats at {speed} tokens/s: {gain}");
        }
    }

    #[test]
    fn a_further_seat_on_one_gpu_earns_less_than_half_of_one_on_a_machine_of_its_own() {
        for speed in [30.0, 60.0, 120.0] {
            let gains: Vec<_> = (1..=64).map(|seats| split(PACE, speed, seats, gpu)).collect();
            assert!(gains.windows(2).all(|pair| pair[1] - pair[0] < 0.5), "{speed}: {gains:?}");
            assert!(gains[63] < 9.0, "{speed}: {gains:?}");
        }
    }

    #[test]
    fn an_exponent_of_eight_would_keep_seats_on_one_gpu_below_one_but_starve_the_second_best() {
        let steep = Pace { exponent: 8, ..PACE };
        assert!((2..=64).all(|seats| split(steep, 60.0, seats, gpu) < 1.0));
        assert!(seat(steep, 54.0) < 0.5 * seat(steep, 60.0));
    }

    #[test]
    fn the_slowest_answer_in_time_is_worth_something() {
        let slowest = Score::new(PACE.factor(1, DEADLINE) as f32);
        assert!(slowest > Score::ZERO && slowest.get() > f32::MIN_POSITIVE * 1e6);
    }

    #[test]
    fn a_tenth_of_a_second_of_network_decides_less_than_half_the_speed() {
        for speed in [25.0, 100.0, 300.0] {
            let far = PACE.factor(TOKENS, seconds(TOKENS as f64 / speed + 2.0 * LATENCY)) / seat(PACE, speed);
            let half = seat(PACE, speed / 2.0) / seat(PACE, speed);
            assert!(far > 0.5 && half < 0.2, "at {speed} tokens/s: {far} against {half}");
        }
    }

    #[test]
    fn a_short_answer_of_an_ordinary_machine_is_worth_what_a_long_one_is() {
        for speed in [45.0, 50.0, 55.0] {
            let of = |tokens: usize| PACE.factor(tokens, seconds(tokens as f64 / speed));
            assert!((0.5..2.0).contains(&(of(3) / of(160))), "{speed}: {} {}", of(3), of(160));
        }
    }

    #[test]
    fn speed_pays_only_for_what_is_correct() {
        let wrong = Judgement::zero("wrong");
        assert_eq!(PACE.apply(wrong.clone(), 100, Duration::from_millis(1)), wrong);
        let right = PACE.apply(Judgement::new(Score::ONE, "genuine"), 100, Duration::from_millis(1_500));
        assert_eq!(right.score, Score::new(PACE.factor(100, Duration::from_millis(1_500)) as f32));
        assert_eq!(right.reason, "genuine; 100 tokens in 1.500 s");
    }
}
