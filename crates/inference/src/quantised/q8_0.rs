//! 32 numbers with a scale. In a tile they are larger by 128, so that none is negative.

use half::f16;

use super::activations::Part;
use super::lanes::{Lanes, Line, LANES};
use super::tiles::{ahead, Format, AHEAD};

pub(super) struct Q8_0;

impl Format for Q8_0 {
    const BLOCK: usize = 32;
    const BYTES: usize = 34;
    const LINES: usize = 8;
    type Factors = [u16; LANES];

    fn pack(block: &[u8], lane: usize, lines: &mut [Line], scales: &mut Self::Factors) {
        scales[lane] = u16::from_le_bytes([block[0], block[1]]);
        for (at, byte) in block[2..].iter().enumerate() {
            lines[at / 4].0[lane * 4 + at % 4] = byte ^ 128;
        }
    }

    fn unpack(lines: &[Line], scales: &Self::Factors, lane: usize, numbers: &mut [f32]) {
        let scale = f16::from_bits(scales[lane]).to_f32();
        for (at, x) in numbers.iter_mut().enumerate() {
            *x = f32::from((lines[at / 4].0[lane * 4 + at % 4] ^ 128) as i8) * scale;
        }
    }

    #[inline(always)]
    unsafe fn add<L: Lanes, const ROWS: usize>(
        lines: &[Line],
        scales: &Self::Factors,
        x: [&[Part]; ROWS],
        mut sums: [L::Floats; ROWS],
        first: bool,
    ) -> [L::Floats; ROWS] {
        if first {
            ahead(lines, AHEAD);
        }
        let mut dots = [L::ints(0); ROWS];
        for (dots, x) in dots.iter_mut().zip(x) {
            *dots = L::wide(x[0].wide);
        }
        for (at, line) in lines.iter().enumerate().take(Self::LINES) {
            let bytes = L::bytes(line);
            for row in 0..ROWS {
                dots[row] = L::dot_wide(dots[row], bytes, x[row][0].values[at]);
            }
        }
        let scales = L::halves(scales);
        for row in 0..ROWS {
            let product = L::mul(L::converted(dots[row]), scales);
            sums[row] = L::mul_add(product, L::floats(x[row][0].scale), sums[row]);
        }
        sums
    }
}
