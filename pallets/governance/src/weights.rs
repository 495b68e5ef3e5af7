use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// Proposing a call of `b` encoded bytes beside the most motions that there can be.
    fn propose(b: u32) -> Weight;
    /// Finding the Senate on a full root network, and voting on one of the most motions that there can be.
    fn vote() -> Weight;
    /// The same, and reading the longest call; without what the call itself weighs.
    fn close() -> Weight;
}
