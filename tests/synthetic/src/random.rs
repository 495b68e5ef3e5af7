//! The generator SplitMix64, so that a subnet is the same everywhere.

/// Its state.
pub struct Random(pub u64);

impl Random {
    /// The next number, uniform over all of them.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `bound`; 0 if the bound is.
    pub fn below(&mut self, bound: u16) -> u16 {
        (((self.next() >> 48) * u64::from(bound)) >> 16) as u16
    }
}
