use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// Swapping a hotkey among `s` subnets, in each of which it has all that a hotkey can have.
    fn swap_hotkey(s: u32) -> Weight;
    /// Announcing the swap of a coldkey with `p` positions.
    fn announce_coldkey_swap(p: u32) -> Weight;
    /// Swapping a coldkey with `h` hotkeys, `p` positions and `s` subnets.
    fn swap_coldkey(h: u32, p: u32, s: u32) -> Weight;
    fn dispute_coldkey_swap() -> Weight;
}
