use frame_support::weights::Weight;

/// What the pallet does in a block; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// Finding that the epoch of none of `s` subnets is due.
    fn idle(s: u32) -> Weight;
    /// An epoch of `n` neurons, `v` of them validators, with `e` weights and as many bonds, whose dividends are shared
    /// among `p` hotkeys: validators and their parents.
    fn epoch(n: u32, v: u32, e: u32, p: u32) -> Weight;
}
