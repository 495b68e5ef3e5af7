//! The other side of a product: rows of 32-bit numbers, rounded to 8 bits in parts of 32, each with a scale of its own.

/// Numbers in a part.
pub(super) const PART: usize = 32;

/// A number is about its byte times `scale`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub(super) struct Part {
    /// Signed bytes from -127 to 127, four in each, the first one lowest.
    pub values: [i32; PART / 4],
    pub scale: f32,
    /// -128 times the sum of the bytes: what weights cost that are stored larger by 128.
    pub wide: i32,
    /// -32 times the sum of the bytes of each half.
    pub middle: [i32; 2],
    /// -`scale` times the sum of the bytes.
    pub least: f32,
}

/// What is not a number makes the scale such, and thereby whatever is multiplied with it.
#[inline(always)]
pub(super) fn quantise(numbers: &[f32], parts: &mut [Part]) {
    for (numbers, part) in numbers.as_chunks::<PART>().0.iter().zip(parts) {
        *part = Part::of(numbers);
    }
}

impl Part {
    #[inline(always)]
    fn of(numbers: &[f32; PART]) -> Self {
        // As bits, because there what is not a number is larger than all that are.
        let largest = numbers.iter().fold(0, |largest, x| (x.to_bits() & 0x7fff_ffff).max(largest));
        let scale = f32::from_bits(largest) / 127.0;
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        let bytes = numbers.map(|x| round(x * inverse));
        let sum = |half: usize| bytes[half * 16..][..16].iter().map(|byte| i32::from(*byte as i8)).sum::<i32>();
        let (first, second) = (sum(0), sum(1));
        Self {
            values: std::array::from_fn(|at| i32::from_le_bytes(std::array::from_fn(|i| bytes[at * 4 + i]))),
            scale,
            wide: -128 * (first + second),
            middle: [-32 * first, -32 * second],
            least: -scale * (first + second) as f32,
        }
    }
}

/// The nearest whole number, the even one of two, as a signed byte: it then stands in the lowest bits of the sum.
#[inline(always)]
fn round(x: f32) -> u8 {
    (x + 12_582_912.0).to_bits() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_its_numbers_within_half_a_step() {
        let numbers: [f32; PART] = std::array::from_fn(|at| (at as f32 * 0.7).sin() * 3.0);
        let part = Part::of(&numbers);
        let bytes = part.values.map(i32::to_le_bytes).concat().into_iter().map(|byte| i32::from(byte as i8));
        let bytes = bytes.collect::<Vec<_>>();
        for (byte, x) in bytes.iter().zip(numbers) {
            assert!((*byte as f32 * part.scale - x).abs() <= 0.51 * part.scale && byte.abs() <= 127, "{byte} {x}");
        }
        let halves = [bytes[..16].iter().sum::<i32>(), bytes[16..].iter().sum::<i32>()];
        let sum = halves[0] + halves[1];
        assert_eq!((part.wide, part.middle), (-128 * sum, halves.map(|half| -32 * half)));
        assert_eq!(part.least, -part.scale * sum as f32);
    }

    #[test]
    fn nothing_stays_nothing_and_what_is_no_number_is_not_hidden() {
        let part = Part::of(&[0.0; PART]);
        assert!(part.values == [0; 8] && part.scale == 0.0);
        for bad in [f32::NAN, -f32::NAN, f32::INFINITY] {
            let mut numbers = [1.0; PART];
            numbers[7] = bad;
            assert!(!Part::of(&numbers).scale.is_finite());
        }
    }
}
