use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
///
/// A call that may be free asks first whether it is, which is part of its weight.
pub trait WeightInfo {
    /// Buying a free seat.
    fn register() -> Weight;
    /// Buying one of `n` seats, all taken.
    fn register_in_place(n: u32) -> Weight;
    /// Working for a free seat, while as many proofs are remembered as can be.
    fn register_pow() -> Weight;
    /// The same for one of `n` seats, all taken.
    fn register_pow_in_place(n: u32) -> Weight;
    fn serve_axon() -> Weight;
    fn serve_prometheus() -> Weight;
}
