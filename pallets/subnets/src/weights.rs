use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// Creating one more subnet than `s`.
    fn create(s: u32) -> Weight;
    /// Finding which of `s` subnets earns least.
    fn least_earning(s: u32) -> Weight;
    /// Dissolving a subnet of `s` seats, each of which has all that a seat can have.
    fn dissolve(s: u32) -> Weight;
    fn describe() -> Weight;
}
