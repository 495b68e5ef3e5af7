use frame_support::weights::Weight;

/// What the pallet's calls and the end of a reveal window weigh; measured by its benchmarks, implemented by the runtime.
/// The calls are free for who may make them, which is found out once before each of them and once in it.
pub trait WeightInfo {
    /// Of `n` entries.
    fn set_weights(n: u32) -> Weight;
    fn commit() -> Weight;
    /// Of `r` rows, which have `n` entries together.
    fn reveal(r: u32, n: u32) -> Weight;
    /// Of a subnet in which `s` seats have ever committed, `e` of which have kept something back.
    fn settle(s: u32, e: u32) -> Weight;
}
