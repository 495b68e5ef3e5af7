//! What a product does with sixteen rows of weights at once, by what a processor has for it.
//!
//! All of them give the same bits: sums of whole numbers are exact, and what is rounded is rounded in the same order.

use half::f16;

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

/// Rows of weights that are multiplied together.
pub(super) const LANES: usize = 16;

/// Four numbers of a byte for each lane.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line(pub [u8; 4 * LANES]);

/// Sixteen numbers that go through the same operations.
///
/// # Safety
///
/// The methods may be called only on a processor that has what the type is named after, and are fast only where they are
/// compiled into a function that says so (`target_feature`).
pub(super) trait Lanes {
    /// Four for each lane.
    type Bytes: Copy;
    type Ints: Copy;
    type Floats: Copy;

    /// Rows of the other matrix whose sums fit into the registers.
    const ROWS: usize;

    unsafe fn bytes(line: &Line) -> Self::Bytes;
    /// The low and the high halves of each byte.
    unsafe fn nibbles(bytes: Self::Bytes) -> [Self::Bytes; 2];
    /// The four pairs of bits of each byte, lowest first, moved to the bits 4 and 5.
    unsafe fn pairs(bytes: Self::Bytes) -> [Self::Bytes; 4];
    unsafe fn or(left: Self::Bytes, right: Self::Bytes) -> Self::Bytes;

    unsafe fn ints(x: i32) -> Self::Ints;
    /// Adds the products of each lane's four bytes, below 64, with the four signed bytes of `x`.
    unsafe fn dot(sums: Self::Ints, bytes: Self::Bytes, x: i32) -> Self::Ints;
    /// What [`Self::dot_wide`] begins with, given -128 times the sum of all that `x` will be.
    unsafe fn wide(offset: i32) -> Self::Ints;
    /// The same as `dot` for bytes from 0 to 255 that stand for numbers smaller by 128.
    unsafe fn dot_wide(sums: Self::Ints, bytes: Self::Bytes, x: i32) -> Self::Ints;

    unsafe fn floats(x: f32) -> Self::Floats;
    unsafe fn converted(ints: Self::Ints) -> Self::Floats;
    unsafe fn halves(bits: &[u16; LANES]) -> Self::Floats;
    unsafe fn unsigned(bytes: &[u8; LANES]) -> Self::Floats;
    unsafe fn signed(bytes: &[i8; LANES]) -> Self::Floats;
    unsafe fn mul(left: Self::Floats, right: Self::Floats) -> Self::Floats;
    /// `left * right + sum`, rounded once.
    unsafe fn mul_add(left: Self::Floats, right: Self::Floats, sum: Self::Floats) -> Self::Floats;
    unsafe fn array(floats: Self::Floats) -> [f32; LANES];
}

/// What every processor has.
pub(super) struct Plain;

impl Lanes for Plain {
    type Bytes = [u8; 4 * LANES];
    type Ints = [i32; LANES];
    type Floats = [f32; LANES];

    const ROWS: usize = 2;

    unsafe fn bytes(line: &Line) -> Self::Bytes {
        line.0
    }

    unsafe fn nibbles(bytes: Self::Bytes) -> [Self::Bytes; 2] {
        [bytes.map(|byte| byte & 15), bytes.map(|byte| byte >> 4)]
    }

    unsafe fn pairs(bytes: Self::Bytes) -> [Self::Bytes; 4] {
        [0, 2, 4, 6].map(|shift| bytes.map(|byte| (byte >> shift & 3) << 4))
    }

    unsafe fn or(left: Self::Bytes, right: Self::Bytes) -> Self::Bytes {
        std::array::from_fn(|at| left[at] | right[at])
    }

    unsafe fn ints(x: i32) -> Self::Ints {
        [x; LANES]
    }

    unsafe fn dot(sums: Self::Ints, bytes: Self::Bytes, x: i32) -> Self::Ints {
        let x = x.to_le_bytes().map(|byte| i32::from(byte as i8));
        std::array::from_fn(|lane| sums[lane] + (0..4).map(|i| i32::from(bytes[4 * lane + i]) * x[i]).sum::<i32>())
    }

    unsafe fn wide(offset: i32) -> Self::Ints {
        [offset; LANES]
    }

    unsafe fn dot_wide(sums: Self::Ints, bytes: Self::Bytes, x: i32) -> Self::Ints {
        Self::dot(sums, bytes, x)
    }

    unsafe fn floats(x: f32) -> Self::Floats {
        [x; LANES]
    }

    unsafe fn converted(ints: Self::Ints) -> Self::Floats {
        ints.map(|int| int as f32)
    }

    unsafe fn halves(bits: &[u16; LANES]) -> Self::Floats {
        bits.map(|bits| f16::from_bits(bits).to_f32())
    }

    unsafe fn unsigned(bytes: &[u8; LANES]) -> Self::Floats {
        bytes.map(f32::from)
    }

    unsafe fn signed(bytes: &[i8; LANES]) -> Self::Floats {
        bytes.map(f32::from)
    }

    unsafe fn mul(left: Self::Floats, right: Self::Floats) -> Self::Floats {
        std::array::from_fn(|lane| left[lane] * right[lane])
    }

    unsafe fn mul_add(left: Self::Floats, right: Self::Floats, sum: Self::Floats) -> Self::Floats {
        std::array::from_fn(|lane| left[lane].mul_add(right[lane], sum[lane]))
    }

    unsafe fn array(floats: Self::Floats) -> [f32; LANES] {
        floats
    }
}
