//! Which subnets are measured.

use core::fmt;

/// As many weights a row as there are neurons.
pub const DENSE: u16 = u16::MAX;
/// Few weights a row, however many neurons.
pub const SPARSE: u16 = 16;

/// The size of a subnet.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub neurons: u16,
    pub validators: u16,
    pub weights_per_row: u16,
}

/// Every size that is measured, dense ones first.
pub fn sizes() -> impl Iterator<Item = Size> {
    [DENSE, SPARSE].into_iter().flat_map(|weights_per_row| {
        [256, 1_024, 4_096].into_iter().flat_map(move |neurons| {
            [64, 256].into_iter().map(move |validators| Size { neurons, validators, weights_per_row })
        })
    })
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.weights_per_row == DENSE { "dense" } else { "sparse" };
        write!(f, "{} x {} {rows}", self.neurons, self.validators)
    }
}
