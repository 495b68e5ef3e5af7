//! 256 numbers of 4 bits in parts of 32, each with a scale and a least number of 6 bits, which share two of 16.
//!
//! A byte of a tile holds a number of the first half of a part, and above it one of the second half.

use half::f16;

use super::activations::{Part, PART};
use super::lanes::{Lanes, Line, LANES};
use super::tiles::{ahead, Format, AHEAD};

pub(super) struct Q4K;

const PARTS: usize = 8;

#[derive(Clone, Copy, Default)]
pub(super) struct Factors {
    scale: [u16; LANES],
    least: [u16; LANES],
    /// Of each part.
    scales: [[u8; LANES]; PARTS],
    leasts: [[u8; LANES]; PARTS],
}

/// The scale and the least number of a part, out of 12 bytes: those of the later parts lie in what the earlier leave free.
fn factors(packed: &[u8], part: usize) -> (u8, u8) {
    match part {
        0..4 => (packed[part] & 63, packed[part + 4] & 63),
        _ => (packed[part + 4] & 15 | packed[part - 4] >> 6 << 4, packed[part + 4] >> 4 | packed[part] >> 6 << 4),
    }
}

impl Format for Q4K {
    const BLOCK: usize = PARTS * PART;
    const BYTES: usize = 144;
    const LINES: usize = 4 * PARTS;
    type Factors = Factors;

    fn pack(block: &[u8], lane: usize, lines: &mut [Line], all: &mut Factors) {
        all.scale[lane] = u16::from_le_bytes([block[0], block[1]]);
        all.least[lane] = u16::from_le_bytes([block[2], block[3]]);
        for part in 0..PARTS {
            (all.scales[part][lane], all.leasts[part][lane]) = factors(&block[4..16], part);
            // Two parts share 32 bytes.
            let bytes = &block[16 + part / 2 * PART..][..PART];
            let number = |at: usize| bytes[at] >> (part % 2 * 4) & 15;
            for at in 0..PART / 2 {
                lines[part * 4 + at / 4].0[lane * 4 + at % 4] = number(at) | number(at + PART / 2) << 4;
            }
        }
    }

    fn unpack(lines: &[Line], all: &Factors, lane: usize, numbers: &mut [f32]) {
        let [scale, least] = [all.scale, all.least].map(|all| f16::from_bits(all[lane]).to_f32());
        for (part, numbers) in numbers.chunks_exact_mut(PART).enumerate() {
            let scale = scale * f32::from(all.scales[part][lane]);
            let least = least * f32::from(all.leasts[part][lane]);
            for (at, x) in numbers.iter_mut().enumerate() {
                let byte = lines[part * 4 + at % 16 / 4].0[lane * 4 + at % 4];
                *x = scale * f32::from(byte >> (at / 16 * 4) & 15) - least;
            }
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
        let (scale, least) = (L::halves(&all.scale), L::halves(&all.least));
        for (part, lines) in lines.chunks_exact(4).enumerate().take(PARTS) {
            if first {
                ahead(lines, AHEAD);
            }
            let mut dots = [L::ints(0); ROWS];
            for (at, line) in lines.iter().enumerate() {
                let [low, high] = L::nibbles(L::bytes(line));
                for row in 0..ROWS {
                    let values = &x[row][part].values;
                    dots[row] = L::dot(L::dot(dots[row], low, values[at]), high, values[at + 4]);
                }
            }
            let scale = L::mul(scale, L::unsigned(&all.scales[part]));
            let least = L::mul(least, L::unsigned(&all.leasts[part]));
            for row in 0..ROWS {
                let product = L::mul(L::converted(dots[row]), scale);
                sums[row] = L::mul_add(product, L::floats(x[row][part].scale), sums[row]);
                sums[row] = L::mul_add(least, L::floats(x[row][part].least), sums[row]);
            }
        }
        sums
    }
}
