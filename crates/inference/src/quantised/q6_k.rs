//! 256 numbers of 6 bits, larger by 32 so that none is negative, in halves of a part, each with a scale of 8 bits; and a
//! scale for all.
//!
//! In a tile the low 4 bits of a part are four lines, as in Q4_K, and its high 2 bits are two: one for each half of the
//! part, in whose bytes the four numbers of a line of low bits follow each other from below.

use half::f16;

use super::activations::{Part, PART};
use super::lanes::{Lanes, Line, LANES};
use super::tiles::{ahead, Format, AHEAD};

pub(super) struct Q6K;

const PARTS: usize = 8;
/// Lines of a part.
const LINES: usize = 6;

#[derive(Clone, Copy, Default)]
pub(super) struct Factors {
    scale: [u16; LANES],
    /// Of each half of a part.
    scales: [[i8; LANES]; 2 * PARTS],
}

/// A number of a block of GGUF: 128 of them share 64 bytes of low bits and 32 of high ones.
fn number(block: &[u8], at: usize) -> u8 {
    let (half, quarter, column) = (at / 128, at % 128 / 32, at % 32);
    let low = block[half * 64 + quarter % 2 * 32 + column] >> (quarter / 2 * 4) & 15;
    let high = block[128 + half * 32 + column] >> (quarter * 2) & 3;
    low | high << 4
}

impl Format for Q6K {
    const BLOCK: usize = PARTS * PART;
    const BYTES: usize = 210;
    const LINES: usize = LINES * PARTS;
    type Factors = Factors;

    fn pack(block: &[u8], lane: usize, lines: &mut [Line], all: &mut Factors) {
        all.scale[lane] = u16::from_le_bytes([block[208], block[209]]);
        for (scales, scale) in all.scales.iter_mut().zip(&block[192..208]) {
            scales[lane] = *scale as i8;
        }
        for at in 0..Self::BLOCK {
            let lines = &mut lines[at / PART * LINES..][..LINES];
            let (half, group, byte) = (at % PART / 16, at % 16 / 4, lane * 4 + at % 4);
            let number = number(block, at);
            lines[group].0[byte] |= (number & 15) << (half * 4);
            lines[4 + half].0[byte] |= number >> 4 << (group * 2);
        }
    }

    fn unpack(lines: &[Line], all: &Factors, lane: usize, numbers: &mut [f32]) {
        let scale = f16::from_bits(all.scale[lane]).to_f32();
        for (at, x) in numbers.iter_mut().enumerate() {
            let lines = &lines[at / PART * LINES..][..LINES];
            let (half, group, byte) = (at % PART / 16, at % 16 / 4, lane * 4 + at % 4);
            let low = lines[group].0[byte] >> (half * 4) & 15;
            let high = lines[4 + half].0[byte] >> (group * 2) & 3;
            let scale = scale * f32::from(all.scales[at / 16][lane]);
            *x = scale * f32::from((low | high << 4) as i8 - 32);
        }
    }

    #[inline(always)]
    unsafe fn add<L: Lanes, const ROWS: usize>(
        lines: &[Line],
        all: &Factors,
        x: [&[Part]; ROWS],
        mut sums: [L::Floats; ROWS],
        first: bool,
    ) -> [L::Floats; ROWS] {
        let scale = L::halves(&all.scale);
        for (part, lines) in lines.chunks_exact(LINES).enumerate().take(PARTS) {
            if first {
                ahead(lines, AHEAD);
            }
            let (mut lower, mut upper) = ([L::ints(0); ROWS], [L::ints(0); ROWS]);
            for row in 0..ROWS {
                let [middle, other] = x[row][part].middle;
                (lower[row], upper[row]) = (L::ints(middle), L::ints(other));
            }
            let high = [L::pairs(L::bytes(&lines[4])), L::pairs(L::bytes(&lines[5]))];
            for at in 0..4 {
                let low = L::nibbles(L::bytes(&lines[at]));
                let bytes = [L::or(low[0], high[0][at]), L::or(low[1], high[1][at])];
                for row in 0..ROWS {
                    let values = &x[row][part].values;
                    lower[row] = L::dot(lower[row], bytes[0], values[at]);
                    upper[row] = L::dot(upper[row], bytes[1], values[at + 4]);
                }
            }
            let [one, other] = [&all.scales[part * 2], &all.scales[part * 2 + 1]];
            let scales = [L::mul(scale, L::signed(one)), L::mul(scale, L::signed(other))];
            for row in 0..ROWS {
                let factor = L::floats(x[row][part].scale);
                sums[row] = L::mul_add(L::mul(L::converted(lower[row]), scales[0]), factor, sums[row]);
                sums[row] = L::mul_add(L::mul(L::converted(upper[row]), scales[1]), factor, sums[row]);
            }
        }
        sums
    }
}
