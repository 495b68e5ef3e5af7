use serde::{Deserialize, Serialize};
use sp_core::H256;

/// All the randomness of a round: equal seeds draw equal challenges, on any machine and in any version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "H256", into = "H256")]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// The seed of a list of parts; equal only for equal lists.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hashes = Vec::with_capacity(parts.len() * 32);
        for part in parts {
            hashes.extend(sp_core::blake2_256(part));
        }
        Self(sp_core::blake2_256(&hashes))
    }

    pub fn draw(self) -> Draw {
        Draw { seed: self, counter: 0 }
    }
}

impl From<H256> for Seed {
    fn from(hash: H256) -> Self {
        Self(hash.0)
    }
}

impl From<Seed> for H256 {
    fn from(seed: Seed) -> Self {
        Self(seed.0)
    }
}

/// Draws from a seed: Blake2-256 of seed and counter.
#[derive(Clone, Debug)]
pub struct Draw {
    seed: Seed,
    counter: u64,
}

impl Draw {
    pub fn bytes(&mut self) -> [u8; 32] {
        let counter = self.counter.to_le_bytes();
        self.counter += 1;
        Seed::of(&[&self.seed.0, &counter]).0
    }

    /// A number in `0..bound`; zero for a bound of zero.
    pub fn below(&mut self, bound: usize) -> usize {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes();
        let number = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        // 64 random bits times the bound, without the lower 64 bits: the bias is below bound / 2^64.
        ((u128::from(number) * bound as u128) >> 64) as usize
    }

    /// One of `items`; none only of no items.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_moved_between_each_other() {
        assert_eq!(Seed::of(&[b"ab", b"c"]), Seed::of(&[b"ab", b"c"]));
        assert_ne!(Seed::of(&[b"ab", b"c"]), Seed::of(&[b"a", b"bc"]));
        assert_ne!(Seed::of(&[b"a"]), Seed::of(&[b"a", b""]));
    }

    #[test]
    fn equal_seeds_draw_equally_and_each_draw_differs() {
        let [mut a, mut b] = [Seed([7; 32]).draw(), Seed([7; 32]).draw()];
        assert_eq!(a.bytes(), b.bytes());
        assert_ne!(a.bytes(), Seed([7; 32]).draw().bytes());
    }

    #[test]
    fn numbers_below_a_bound_reach_all_of_it() {
        let mut draw = Seed([1; 32]).draw();
        let mut seen = [false; 10];
        for _ in 0..1_000 {
            seen[draw.below(10)] = true;
        }
        assert_eq!(seen, [true; 10]);
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.one_of::<u8>(&[]), None);
    }
}
