use frame_support::weights::Weight;

/// What the pallet's calls and its hook weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    fn register() -> Weight;
    /// Of `n` entries; it is found out twice whether they are free, before the call and in it.
    fn set_weights(n: u32) -> Weight;
    fn set_rules() -> Weight;
    /// Finding that no epoch is due.
    fn idle() -> Weight;
    /// An epoch of `s` seats whose rows have `e` entries together.
    fn epoch(s: u32, e: u32) -> Weight;
}
