//! What goes beyond the consensus does not count: `clipped_ij = min(w_ij, C_j)`.

use crate::fixed::Fixed;
use crate::matrix::Matrix;

/// The weights, none above its column's consensus. A weight that the clip brings down to 0 is dropped; one that was 0
/// before stays.
pub fn clip(weights: &Matrix, consensus: &[Fixed]) -> Matrix {
    let mut clipped = weights.clone();
    clipped.retain_mut(|column, weight| {
        let limit = consensus[usize::from(column)];
        let stays = *weight <= limit || limit > Fixed::ZERO;
        *weight = limit.min(*weight);
        stays
    });
    clipped
}
