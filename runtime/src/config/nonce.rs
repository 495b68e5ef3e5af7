//! From where an account counts what it signs.

use crate::{Runtime, System};
use sp_core::Get;

/// More extrinsics than fit in a block: 5 MiB, of which each signed one takes more than a hundred bytes.
const EXTRINSICS_OF_A_BLOCK: u64 = 1 << 16;

/// The nonce of an account that is created now: the time, on a clock that ticks at each extrinsic.
///
/// An account that began at zero would begin there again each time that it was removed and came back, and whatever it had
/// signed before could be sent once more. As it counts one for each extrinsic of its own, no account ever overtakes this
/// clock, so that whoever comes back begins above all that it has signed.
#[derive(Debug)]
pub struct FirstNonce;

impl Get<u64> for FirstNonce {
    fn get() -> u64 {
        at(System::block_number(), frame_system::Pallet::<Runtime>::extrinsic_index())
    }
}

/// Outside of extrinsics it is past the last one of the block. The accounts of the genesis begin at zero.
fn at(block: primitives::BlockNumber, extrinsic: Option<u32>) -> u64 {
    let block = u64::from(block) * EXTRINSICS_OF_A_BLOCK;
    match extrinsic {
        _ if block == 0 => 0,
        Some(index) => block + u64::from(index),
        None => block + EXTRINSICS_OF_A_BLOCK,
    }
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn the_clock_ticks_at_each_extrinsic_and_is_past_all_of_a_block_after_it() {
        let times = [at(0, None), at(1, Some(0)), at(1, Some(1)), at(1, Some(52_428)), at(1, None), at(2, Some(1))];
        assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
        assert_eq!(at(u32::MAX, None), 1 << 48, "no overflow, and below 2^53, which JavaScript still counts exactly");
    }
}
