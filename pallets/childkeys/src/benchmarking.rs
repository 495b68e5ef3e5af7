//! Measures the pallet's calls, through the pallets that the runtime gives it.

use crate::{tie::MAX_PARENTS, Call, Config, Count, Pallet, Tie, Ties, MAX_CHILDREN, MAX_SWEPT};
use alloc::vec::Vec;
use chain_traits::{HotkeyOwners, Rewards, StakeOf};
use frame_benchmarking::{account, v2::*};
use frame_support::traits::Get;
use frame_system::RawOrigin;
use primitives::{AccountId, Loan, NetUid};
use sp_runtime::traits::BlockNumberProvider;

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// A subnet without neurons.
    fn create_subnet(netuid: NetUid);
    /// A seat of `hotkey`, who may have an owner already.
    fn take_seat(netuid: NetUid, hotkey: &AccountId);
}

const SUBNET: NetUid = NetUid(1);
/// What each loan lends, so that a hotkey can lend to several.
const PART: u64 = u64::MAX / 10;

fn coldkey() -> AccountId {
    account("coldkey", 0, 0)
}

/// A hotkey of `coldkey`'s.
fn owned<T: Config>(name: &'static str, index: u32) -> AccountId {
    let hotkey = account(name, index, 0);
    T::Hotkeys::claim(&hotkey, &coldkey()).expect("nobody else has it");
    hotkey
}

/// A hotkey with the stake of a parent.
fn staked<T: Config>(name: &'static str, index: u32) -> AccountId {
    let hotkey = owned::<T>(name, index);
    T::Rewards::reward_owner(&hotkey, T::MinParentStake::get()).expect("the hotkey is owned");
    hotkey
}

fn loan(hotkey: &AccountId) -> Loan {
    Loan { proportion: PART, hotkey: hotkey.clone() }
}

fn lend<T: Config>(parent: &AccountId, child: &AccountId) {
    Ties::<T>::mutate(SUBNET, parent, |tie| tie.children.force_push(loan(child)));
    Ties::<T>::mutate(SUBNET, child, |tie| tie.parents.force_push(loan(parent)));
}

/// A child with so many parents, each with as much stake as a parent needs.
fn child<T: Config>(name: &'static str, index: u32, parents: u32) -> AccountId {
    let child = owned::<T>(name, index);
    for parent in 0..parents {
        lend::<T>(&staked::<T>("parent", index * MAX_PARENTS + parent), &child);
    }
    child
}

/// A subnet that has existed for long enough to change something in it.
fn create_subnet<T: Config>() {
    T::BenchmarkHelper::create_subnet(SUBNET);
    T::Clock::set_block_number(T::ChangeInterval::get());
    Count::<T>::insert(SUBNET, crate::MAX_TIES / 2);
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn set_children(o: Linear<0, { MAX_CHILDREN }>, n: Linear<0, { MAX_CHILDREN }>) {
        create_subnet::<T>();
        let parent = staked::<T>("hotkey", 0);
        for old in 0..o {
            lend::<T>(&parent, &child::<T>("old", old, MAX_PARENTS - 1));
        }
        Ties::<T>::mutate(SUBNET, &parent, |tie| tie.children_set_at = Some(0));
        let new: Vec<_> = (0..n).map(|new| child::<T>("new", MAX_CHILDREN + new, MAX_PARENTS - 1)).collect();
        let children: Vec<_> = new.iter().map(loan).collect();
        #[block]
        {
            let origin = RawOrigin::Signed(coldkey()).into();
            let outcome = Pallet::<T>::set_children(origin, SUBNET, parent.clone(), children.clone());
            // Nothing is exchanged for nothing only where there is nothing.
            assert_eq!(outcome.is_ok(), o + n > 0);
        }
        assert_eq!(Ties::<T>::get(SUBNET, &parent).children.into_inner(), children);
        assert!(new.iter().all(|child| Ties::<T>::get(SUBNET, child).parents.is_full()));
    }

    /// The one that has to leave is the last that is looked at, and lends to others as well.
    #[benchmark]
    fn make_room() {
        create_subnet::<T>();
        let child = child::<T>("child", 0, MAX_PARENTS - 1);
        let poor = owned::<T>("poor", 0);
        lend::<T>(&poor, &child);
        for other in 1..MAX_CHILDREN {
            lend::<T>(&poor, &owned::<T>("other", other));
        }
        assert_eq!(T::Stake::stake(&poor), 0);
        #[block]
        {
            Pallet::<T>::make_room(SUBNET, &child).expect("one of the parents has no stake");
        }
        assert_eq!(Ties::<T>::get(SUBNET, &child).parents.len(), MAX_PARENTS as usize - 1);
    }

    #[benchmark]
    fn set_take() {
        create_subnet::<T>();
        let hotkey = child::<T>("hotkey", 0, MAX_PARENTS);
        for other in 0..MAX_CHILDREN {
            lend::<T>(&hotkey, &owned::<T>("other", other));
        }
        T::BenchmarkHelper::take_seat(SUBNET, &hotkey);
        Ties::<T>::mutate(SUBNET, &hotkey, |tie| tie.take_set_at = Some(0));
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey()), SUBNET, hotkey.clone(), T::MaxTake::get());
        assert!(matches!(Ties::<T>::get(SUBNET, &hotkey), Tie { take, .. } if take == T::MaxTake::get()));
    }

    /// Those that are forgotten lend to as many children as they may, of whom each has as many parents as it may have; the
    /// others have the stake of a parent.
    #[benchmark]
    fn sweep(t: Linear<128, 448>, f: Linear<1, MAX_SWEPT>) {
        create_subnet::<T>();
        let poor: Vec<_> = (0..f).map(|index| owned::<T>("poor", index)).collect();
        let mut ties = f;
        for (group, parents) in poor.chunks(MAX_PARENTS as usize).enumerate() {
            for child in 0..MAX_CHILDREN {
                let child = owned::<T>("child", group as u32 * MAX_CHILDREN + child);
                parents.iter().for_each(|parent| lend::<T>(parent, &child));
                ties += 1;
            }
        }
        for index in ties..t {
            let children_set_at = Some(T::ChangeInterval::get());
            Ties::<T>::insert(
                SUBNET,
                staked::<T>("rich", index),
                Tie { take: 1, children_set_at, ..Default::default() },
            );
        }
        Count::<T>::insert(SUBNET, t);
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey()), SUBNET);
        assert!(poor.iter().all(|hotkey| !Ties::<T>::contains_key(SUBNET, hotkey)));
    }
}
