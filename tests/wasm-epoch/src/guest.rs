//! What the wasm exports. Arguments and results are SCALE-encoded.

use core::hint::black_box;
// The allocator and the panic handler that a runtime has.
use sp_io as _;
use synthetic::{checksum, subnet, Variant};
use yuma::run;

sp_core::wasm_export_functions! {
    fn epochs(neurons: u16, validators: u16, weights_per_row: u16, variant: u8, count: u64) {
        let (input, params) = subnet(neurons, validators, weights_per_row, Variant::ALL[usize::from(variant)]);
        for _ in 0..count {
            let _ = black_box(run(&input, &params));
        }
    }

    fn epoch_checksum(neurons: u16, validators: u16, weights_per_row: u16, variant: u8) -> Option<u64> {
        let (input, params) = subnet(neurons, validators, weights_per_row, Variant::ALL[usize::from(variant)]);
        run(&input, &params).ok().map(|outcome| checksum(&outcome))
    }
}
