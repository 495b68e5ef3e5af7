use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// Replacing `o` children by `n` others, none of whom has as many parents as it may have.
    fn set_children(o: u32, n: u32) -> Weight;
    /// Looking, among as many parents as a child may have, for one that has to leave, and ending its loan.
    fn make_room() -> Weight;
    fn set_take() -> Weight;
    /// Looking at `t` hotkeys with ties and forgetting `f` of them.
    fn sweep(t: u32, f: u32) -> Weight;
}
