use frame_support::weights::Weight;

/// What the pallet does in a block; measured by its benchmark, implemented by the runtime.
pub trait WeightInfo {
    /// Minting for `s` subnets.
    fn mint(s: u32) -> Weight;
}
