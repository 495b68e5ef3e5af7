//! What a validator's bonds are built from: its weights, drawn towards the clipped ones by the bonds penalty.

use alloc::borrow::Cow;

use crate::fixed::Fixed;
use crate::matrix::Matrix;

/// `w + penalty * (clipped - w)` for every weight, where something is left.
///
/// At the ends, a penalty of 0 and of 1, the weights or the clipped weights are taken as they are: unsorted rows and
/// entries of 0 stay. In between zeros are dropped and rows are sorted.
pub fn weights_for_bonds<'a>(
    weights: &'a Matrix,
    clipped: &'a Matrix,
    consensus: &[Fixed],
    penalty: Fixed,
) -> Cow<'a, Matrix> {
    if penalty == Fixed::ZERO {
        return Cow::Borrowed(weights);
    }
    if penalty == Fixed::ONE {
        return Cow::Borrowed(clipped);
    }
    let mut drawn = weights.sorted().into_owned();
    drawn.retain_mut(|column, weight| {
        let clipped = consensus[usize::from(column)].min(*weight);
        *weight = *weight + penalty * (clipped - *weight);
        *weight > Fixed::ZERO
    });
    Cow::Owned(drawn)
}
