use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};
pub struct WeightInfo<T>(PhantomData<T>);
impl<T: frame_system::Config> pallet_keys::WeightInfo for WeightInfo<T> {
    fn swap_hotkey(s: u32) -> Weight {
        T::DbWeight::get().reads_writes(u64::from(28 * s + 40), u64::from(29 * s + 32))
    }
    fn announce_coldkey_swap(p: u32) -> Weight {
        T::DbWeight::get().reads_writes(u64::from(p + 8), 6)
    }
    fn swap_coldkey(h: u32, p: u32, s: u32) -> Weight {
        T::DbWeight::get().reads_writes(u64::from(4 * p + s + 30), u64::from(h + 4 * p + s + 20))
    }
    fn dispute_coldkey_swap() -> Weight {
        T::DbWeight::get().reads_writes(1, 1)
    }
}
