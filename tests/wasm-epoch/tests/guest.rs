//! The wasm computes what the host computes.

use synthetic::{checksum, subnet, Size, Variant, DENSE, SPARSE};
use wasm_epoch::Host;

#[test]
fn an_epoch_inside_wasm_has_the_same_bits() {
    let host = Host::new().expect("unset SKIP_WASM_BUILD to build the guest");
    for (variant, weights_per_row) in Variant::ALL.into_iter().flat_map(|variant| [(variant, DENSE), (variant, SPARSE)])
    {
        let size = Size { neurons: 256, validators: 64, weights_per_row };
        let (input, params) = subnet(size.neurons, size.validators, size.weights_per_row, variant);
        let native = checksum(&yuma::run(&input, &params).unwrap());
        assert_eq!(host.checksum(size, variant).unwrap(), Some(native), "{variant:?}, {size}");
    }
}
