use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// An owner changes all parameters that it may.
    fn set() -> Weight;
}
