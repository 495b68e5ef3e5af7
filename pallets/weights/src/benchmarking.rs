//! Measures the pallet's calls and what it does at an epoch, through the pallets that the runtime gives it.

use crate::{row::Terms, Basis, Call, Commit, Commits, Config, Pallet, Queue, Row, Rows};
use alloc::{vec, vec::Vec};
use chain_traits::WeightRows;
use frame_benchmarking::v2::*;
use frame_support::{
    dispatch::CheckIfFeeless,
    traits::{ConstU32, UnfilteredDispatchable},
    BoundedVec,
};
use frame_system::RawOrigin;
use primitives::{AccountId, BlockNumber, Hyperparams, NetUid, Reveal, Uid, MAX_OPEN_COMMITS, MAX_UIDS};
use sp_core::H256;
use sp_runtime::traits::BlockNumberProvider;

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// A subnet of so many seats. Returns the hotkey of uid 0, which has stake, a validator permit, and as many parents
    /// and children as it may have.
    fn create_subnet(netuid: NetUid, params: Hyperparams, seats: u16) -> AccountId;
    /// Makes the subnet's epoch wait.
    fn postpone(netuid: NetUid);
}

const SUBNET: NetUid = NetUid(1);
const NOW: BlockNumber = 100;
const SEATS: u16 = MAX_UIDS as u16;

/// The subnet with most seats, where so many of the ten commits of uid 0 are late and the others can be revealed.
fn create_subnet<T: Config>(commit_reveal: bool, late: u32) -> AccountId {
    T::Clock::set_block_number(NOW);
    let params = Hyperparams { commit_reveal, weights_rate_limit: 1, ..Default::default() };
    let hotkey = T::BenchmarkHelper::create_subnet(SUBNET, params, SEATS);
    fill_seat::<T>(0, late);
    hotkey
}

/// Gives a seat a row for everybody, and ten commits.
fn fill_seat<T: Config>(uid: Uid, late: u32) {
    let entries = BoundedVec::truncate_from((0..SEATS).map(|target| (target, 1)).collect());
    Rows::<T>::insert(SUBNET, uid, Row { set_at: 1, basis: Basis::Open, entries });
    let open = (0..MAX_OPEN_COMMITS).map(|index| made(H256::repeat_byte(index as u8), index < late));
    let queue = Queue { last_commit: Some(1), open: BoundedVec::truncate_from(open.collect()) };
    Commits::<T>::insert(SUBNET, uid, queue);
}

fn made(hash: H256, late: bool) -> Commit {
    let reveal_until = if late { NOW - 1 } else { NOW };
    Commit { hash, committed_at: 1, reveal_from: 2, reveal_until, terms: Terms::from(&Hyperparams::default()) }
}

/// A row that is neither sorted nor even.
fn row(entries: u32) -> (Vec<Uid>, Vec<u16>) {
    // A prime, so that no target comes twice.
    const STEP: u32 = 7_919;
    (0..entries).map(|place| (place * STEP % MAX_UIDS) as u16).map(|uid| (uid, uid ^ 10_007)).unzip()
}

/// Rows with one entry each, but for the last one, which has what is left of `entries`.
fn reveals(rows: u32, entries: u32) -> BoundedVec<Reveal, ConstU32<MAX_OPEN_COMMITS>> {
    let length = |place| if place + 1 == rows { entries - place } else { 1 };
    let shown = |place: u32| {
        let (uids, values) = row(length(place));
        Reveal { uids, values, salt: [place as u8; 32], version: 0 }
    };
    BoundedVec::truncate_from((0..rows).map(shown).collect())
}

/// Makes the commits of uid 0 that are not late those of `reveals`.
fn promise<T: Config>(hotkey: &AccountId, late: u32, reveals: &[Reveal]) {
    Commits::<T>::mutate(SUBNET, 0, |queue| {
        for (commit, reveal) in queue.open.iter_mut().skip(late as usize).zip(reveals) {
            commit.hash = reveal.hash(hotkey, SUBNET);
        }
    });
}

/// What becomes of a call that is free for its sender, while an epoch waits that is to read the row which it replaces.
fn offer<T: Config>(call: Call<T>, hotkey: AccountId) {
    let origin = RawOrigin::Signed(hotkey).into();
    assert!(call.is_feeless(&origin));
    call.dispatch_bypass_filter(origin).expect("it may be made");
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn set_weights(n: Linear<1, { MAX_UIDS }>) {
        let hotkey = create_subnet::<T>(false, 0);
        T::BenchmarkHelper::postpone(SUBNET);
        let (uids, values) = row(n);
        let call = Call::<T>::set_weights { netuid: SUBNET, uids, values, version: 0 };
        #[block]
        {
            offer(call, hotkey);
        }
        assert_eq!(Rows::<T>::get(SUBNET, 0).set_at, NOW);
    }

    #[benchmark]
    fn commit() {
        let hotkey = create_subnet::<T>(true, MAX_OPEN_COMMITS);
        T::BenchmarkHelper::postpone(SUBNET);
        let call = Call::<T>::commit { netuid: SUBNET, hash: H256::zero() };
        #[block]
        {
            offer(call, hotkey);
        }
        assert_eq!(Rows::<T>::get(SUBNET, 0).basis, Basis::Forfeited);
        assert_eq!(Commits::<T>::get(SUBNET, 0).open.len(), 1);
    }

    #[benchmark]
    fn reveal(r: Linear<1, { MAX_OPEN_COMMITS }>, n: Linear<{ MAX_OPEN_COMMITS }, { MAX_UIDS }>) {
        let late = MAX_OPEN_COMMITS - r;
        let hotkey = create_subnet::<T>(true, late);
        T::BenchmarkHelper::postpone(SUBNET);
        let reveals = reveals(r, n);
        promise::<T>(&hotkey, late, &reveals);
        let call = Call::<T>::reveal { netuid: SUBNET, reveals };
        #[block]
        {
            offer(call, hotkey);
        }
        assert_eq!(Commits::<T>::get(SUBNET, 0).open, vec![]);
        assert_eq!(Rows::<T>::get(SUBNET, 0).basis, Basis::Committed(1));
    }

    #[benchmark]
    fn settle(s: Linear<256, 512>, e: Linear<0, 256>) {
        create_subnet::<T>(true, 0);
        for uid in 0..s {
            fill_seat::<T>(uid as u16, if uid < e { MAX_OPEN_COMMITS } else { 0 });
        }
        #[block]
        {
            <Pallet<T> as WeightRows>::settle(SUBNET);
        }
        let forfeits = |uid: &u32| Rows::<T>::get(SUBNET, *uid as u16).basis == Basis::Forfeited;
        assert_eq!((0..s).filter(forfeits).count(), e as usize);
    }
}
