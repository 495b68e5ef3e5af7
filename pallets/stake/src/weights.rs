use frame_support::weights::Weight;

/// What the pallet's calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    fn add() -> Weight;
    fn remove() -> Weight;
    fn remove_all() -> Weight;
    fn move_stake() -> Weight;
    fn set_take() -> Weight;
}
