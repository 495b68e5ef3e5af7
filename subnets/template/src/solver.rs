use crate::{spec, Answer, Challenge, TemplateSubnet};
use subnet::{AccountId, SolveError, Solver, Spec};

/// Widths of the windows that are tried; wider ones cost more than they save in numbers of this size.
const WIDTHS: std::ops::RangeInclusive<u32> = 1..=6;

/// Doubles, and adds an odd number of a few bits where one is due (sliding windows): good, and not the best there is.
pub struct TemplateSolver;

impl Solver for TemplateSolver {
    type Subnet = TemplateSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: Challenge) -> Result<Answer, SolveError> {
        Ok(Answer { chain: shortest(challenge.target(hotkey)) })
    }
}

fn shortest(target: u64) -> Vec<u64> {
    WIDTHS.map(|width| chain(target, width)).min_by_key(Vec::len).unwrap_or_default()
}

/// A chain to `target`, which is not zero, with windows of at most `width` bits.
fn chain(target: u64, width: u32) -> Vec<u64> {
    let windows = windows(target, width);
    let largest = windows.iter().map(|window| window.odd).max().unwrap_or(1);
    let mut chain = odds(largest);
    let (mut sum, mut place) = (0, u64::BITS);
    for Window { odd, place: next } in windows {
        if sum == 0 {
            (sum, place) = (odd, next);
            continue;
        }
        double(&mut sum, place - next, &mut chain);
        sum += odd;
        chain.push(sum);
        place = next;
    }
    double(&mut sum, place, &mut chain);
    chain
}

fn double(sum: &mut u64, times: u32, chain: &mut Vec<u64>) {
    for _ in 0..times {
        *sum *= 2;
        chain.push(*sum);
    }
}

/// 1, and if more is wanted 2, 3, 5, 7 and so on up to `largest`.
fn odds(largest: u64) -> Vec<u64> {
    let more = (largest > 1).then_some(2).into_iter().chain((3..=largest).step_by(2));
    [1].into_iter().chain(more).collect()
}

/// An odd number that stands `place` bits from the right.
struct Window {
    odd: u64,
    place: u32,
}

/// `number` as the sum of windows of at most `width` bits, the highest first.
fn windows(mut number: u64, width: u32) -> Vec<Window> {
    let mut windows = Vec::new();
    while number > 0 {
        let lowest = (number.ilog2() + 1).saturating_sub(width);
        let bits = number >> lowest;
        let place = lowest + bits.trailing_zeros();
        windows.push(Window { odd: number >> place, place });
        number &= (1 << place) - 1;
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BITS;

    #[test]
    fn every_width_reaches_every_number() {
        let large = [1 << (BITS - 1), (1 << BITS) - 1, 0xDEAD_BEEF_CAFE];
        for target in (1..2_000).chain(large) {
            for width in WIDTHS {
                let chain = chain(target, width);
                assert_eq!(
                    Answer { chain: chain.clone() }.additions(target),
                    Ok(chain.len() - 1),
                    "{target} by {width}"
                );
            }
        }
    }

    #[test]
    fn windows_save_additions() {
        let target = 0xDEAD_BEEF_CAFE;
        assert!(shortest(target).len() < chain(target, 1).len());
    }
}
