//! What goes beyond the consensus does not count: `clipped_ij = min(w_ij, C_j)`.

use crate::fixed::Fixed;
use crate::matrix::Matrix;

/// The weight, at most `limit`, its column's consensus. A weight that the clip brings down to 0 is none; one that was 0
/// before stays.
pub fn clipped(weight: Fixed, limit: Fixed) -> Option<Fixed> {
    let clipped = weight.min(limit);
    (clipped > Fixed::ZERO || weight == Fixed::ZERO).then_some(clipped)
}

/// All weights clipped. The epoch itself clips each weight where it needs it.
pub fn clip(weights: &Matrix, consensus: &[Fixed]) -> Matrix {
    let mut all = Matrix::with_capacity(weights.row_count(), weights.entry_count());
    for row in weights.rows() {
        for (column, weight) in row.entries() {
            if let Some(weight) = clipped(weight, consensus[usize::from(column)]) {
                all.push(column, weight);
            }
        }
        all.end_row();
    }
    all
}
