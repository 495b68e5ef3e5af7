use frame_support::weights::Weight;

/// What the pallet does in a block and what its calls weigh; measured by its benchmarks, implemented by the runtime.
pub trait WeightInfo {
    /// Finding that the session goes on.
    fn idle() -> Weight;
    /// Beginning a session in which the most authorities that there can be change places.
    fn rotate() -> Weight;
    /// Adding the last authority that there is room for.
    fn add() -> Weight;
    /// Removing one of the most that there can be.
    fn remove() -> Weight;
}
