//! Bonds that move faster where validator, bond and consensus disagree more.
//!
//! ```text
//! alpha = low + (high - low) * sigmoid(steepness * (distance - 1/2)),   sigmoid(x) = 1 / (1 + e^-x)
//! ```
//! where the distance is from the consensus up to the weight for a buyer (weight at or above the bond) and from the
//! weight up to the bond for a seller.

use crate::fixed::Fixed;
use crate::sigmoid;
use crate::types::Params;

/// How many alphas are worked out in full side by side.
const LANES: usize = 4;

/// The curve of one subnet.
#[derive(Clone, Copy, Debug)]
pub struct LiquidAlpha {
    low: Fixed,
    high: Fixed,
    /// Minus the steepness.
    slope: Fixed,
    /// The alpha of distance 0, which is that of every buyer who keeps to the consensus: nearly all of a calm subnet.
    at_zero: Fixed,
}

impl LiquidAlpha {
    pub fn new(params: &Params) -> Self {
        Self::with_curve(params.alpha_low, params.alpha_high, params.alpha_sigmoid_steepness)
    }

    /// `low` and `high` in units of 1/65535, `steepness` in hundredths. If `low` is above `high`, every alpha is `low`.
    pub fn with_curve(low: u16, high: u16, steepness: i16) -> Self {
        let hundredths = Fixed::from_int(i32::from(steepness));
        let slope = hundredths / Fixed::from_int(-100);
        let curve = Self { low: Fixed::proportion(low), high: Fixed::proportion(high), slope, at_zero: Fixed::ZERO };
        let [at_zero] = curve.at([Fixed::ZERO]);
        Self { at_zero, ..curve }
    }

    /// How much of the new weight enters the bond, in `[low, high]`.
    pub fn alpha(&self, consensus: Fixed, weight: Fixed, bond: Fixed) -> Fixed {
        let [alpha] = self.at([distance(consensus, weight, bond)]);
        alpha
    }

    /// Replaces each distance by its alpha.
    pub fn replace(&self, distances: &mut [Fixed]) {
        let (mut hard, mut count) = ([0; LANES], 0);
        for index in 0..distances.len() {
            match self.short_way(distances[index]) {
                Some(alpha) => distances[index] = alpha,
                None => {
                    hard[count] = index;
                    count += 1;
                }
            }
            if count == LANES {
                let alphas = self.at(hard.map(|index| distances[index]));
                hard.iter().zip(alphas).for_each(|(&index, alpha)| distances[index] = alpha);
                count = 0;
            }
        }
        for &index in &hard[..count] {
            [distances[index]] = self.at([distances[index]]);
        }
    }

    /// The alpha of a distance for which it need not be worked out in full.
    fn short_way(&self, distance: Fixed) -> Option<Fixed> {
        if distance == Fixed::ZERO {
            return Some(self.at_zero);
        }
        sigmoid::by_table(self.exponent(distance)).map(|sigmoid| self.between(sigmoid))
    }

    fn at<const N: usize>(&self, distances: [Fixed; N]) -> [Fixed; N] {
        sigmoid::by_series(distances.map(|distance| self.exponent(distance))).map(|sigmoid| self.between(sigmoid))
    }

    fn exponent(&self, distance: Fixed) -> Fixed {
        self.slope * (distance - Fixed::HALF)
    }

    fn between(&self, sigmoid: Fixed) -> Fixed {
        (self.low + sigmoid * (self.high - self.low)).min(self.high).max(self.low)
    }
}

/// How far a buyer (weight at or above the bond) is above the consensus, or a seller below its bond; in `[0, 1]`.
pub fn distance(consensus: Fixed, weight: Fixed, bond: Fixed) -> Fixed {
    let distance = if weight >= bond { weight - consensus } else { bond - weight };
    distance.clamp(Fixed::ZERO, Fixed::ONE)
}
