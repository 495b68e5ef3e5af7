use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// Finding that `b` bytes may be published for nothing, and publishing them.
    fn publish(b: u32) -> Weight;
}
