//! Mints each block's tokens, hands them to the subnets by their shares and pays each epoch out.
//!
//! Minted tokens lie on the pot account until an epoch pays them: the pot's balance is the sum of what is pending for
//! the subnets and of the carry that did not divide (above the existential deposit that keeps the account alive).
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod recent;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{recent, WeightInfo};
    use alloc::vec::Vec;
    use chain_traits::{Dividends, OnSubnetRemoved, Payout, Payroll, Rewards, Shares, SubnetEmission, Subnets};
    use frame_support::{
        pallet_prelude::*,
        storage::with_storage_layer,
        traits::{
            fungible::{Inspect, Mutate},
            tokens::Preservation,
        },
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use primitives::{mul_div, AccountId, Amount, NetUid, Proportion};
    use sp_runtime::traits::AccountIdConversion;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Currency: Inspect<AccountId, Balance = Amount> + Mutate<AccountId>;
        type PotId: Get<PalletId>;
        /// The subnet owner's part of what an epoch pays, as a share of `u16::MAX`.
        type OwnerCut: Get<Proportion>;
        type Subnets: Subnets;
        /// Who gets how much of each block.
        type Shares: Shares;
        type Rewards: Rewards;
        type Dividends: Dividends;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// Base units that the next epoch of each subnet will pay.
    #[pallet::storage]
    pub type Pending<T> = StorageMap<_, Twox64Concat, NetUid, Amount, ValueQuery>;

    /// Of [`Pending`], what an earlier epoch left over: the owner's cut of it is taken already. No entry is zero.
    #[pallet::storage]
    pub type Kept<T> = StorageMap<_, Twox64Concat, NetUid, Amount, ValueQuery>;

    /// Base units that did not divide among the subnets, or whose subnet is gone; shared with the next block's.
    #[pallet::storage]
    pub type Carry<T> = StorageValue<_, Amount, ValueQuery>;

    /// Base units that fell to each subnet of late; see [`SubnetEmission`].
    #[pallet::storage]
    pub type Recent<T> = StorageMap<_, Twox64Concat, NetUid, Amount, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            T::Currency::mint_into(&Pallet::<T>::pot(), T::Currency::minimum_balance())
                .expect("genesis issues less than the amount type holds");
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// What one epoch paid, in base units; `kept` stays pending for the next one.
        Paid { netuid: NetUid, owner: Amount, miners: Amount, validators: Amount, kept: Amount },
        /// This block minted nothing because the books did not allow it.
        MintFailed { error: DispatchError },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The payouts exceed the epoch's budget; this is a fault of the chain, please report it.
        OverBudget,
        /// An amount would pass what its type holds; this is a fault of the chain, please report it.
        Overflow,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            if let Err(error) = with_storage_layer(Self::mint_block) {
                Self::deposit_event(Event::MintFailed { error });
            }
            T::WeightInfo::mint(T::Subnets::netuids().len() as u32)
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// Checks everything that must hold between two blocks; reads the pallet's whole state.
        pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            let mut sum = T::Currency::minimum_balance().checked_add(Carry::<T>::get()).ok_or("the carry overflows")?;
            for (netuid, pending) in Pending::<T>::iter() {
                ensure!(T::Subnets::exists(netuid), "emission is pending for a subnet that does not exist");
                sum = sum.checked_add(pending).ok_or("pending emission overflows")?;
            }
            let within = |(netuid, kept): (NetUid, Amount)| kept > 0 && kept <= Pending::<T>::get(netuid);
            ensure!(Kept::<T>::iter().all(within), "more was kept than is pending");
            ensure!(Recent::<T>::iter_keys().all(T::Subnets::exists), "emission of a subnet that does not exist");
            ensure!(T::Currency::balance(&Self::pot()) == sum, "the pot does not hold what is pending");
            ensure!(T::Currency::total_issuance() <= issuance::CAP, "more exists than the cap allows");
            Ok(())
        }

        /// The account that holds minted tokens until an epoch pays them.
        pub fn pot() -> AccountId {
            T::PotId::get().into_account_truncating()
        }

        /// Mints one block's emission and hands it out by the root network's shares; while no subnet that has started has
        /// a share, nothing is minted.
        fn mint_block() -> DispatchResult {
            let shares = Self::shares();
            if shares.iter().all(|(_, share)| *share == 0) {
                return Ok(());
            }
            let minted = issuance::block_emission(T::Currency::total_issuance());
            if minted > 0 {
                T::Currency::mint_into(&Self::pot(), minted)?;
            }
            let divisible = minted.checked_add(Carry::<T>::get()).ok_or(Error::<T>::Overflow)?;
            let mut rest = divisible;
            for (netuid, part) in Self::parts(divisible, shares).ok_or(Error::<T>::Overflow)? {
                rest = rest.checked_sub(part).ok_or(Error::<T>::Overflow)?;
                let pending = Pending::<T>::get(netuid).checked_add(part).ok_or(Error::<T>::Overflow)?;
                Pending::<T>::insert(netuid, pending);
                Self::remember(netuid, part)?;
            }
            Carry::<T>::put(rest);
            Ok(())
        }

        /// The share of each subnet that has started, in netuid order; zero for those to which root gives nothing.
        fn shares() -> Vec<(NetUid, u64)> {
            let by_root = T::Shares::shares();
            let place = |netuid: &NetUid| by_root.binary_search_by_key(netuid, |(listed, _)| *listed).ok();
            let share =
                |netuid: &NetUid| place(netuid).and_then(|place| by_root.get(place)).map_or(0, |(_, share)| *share);
            T::Subnets::started().into_iter().map(|netuid| (netuid, share(&netuid))).collect()
        }

        /// `amount` in proportion to `shares`, rounded down; what falls to subnets that have not started falls to these.
        fn parts(amount: Amount, shares: Vec<(NetUid, u64)>) -> Option<Vec<(NetUid, Amount)>> {
            let whole = shares.iter().try_fold(0, |sum: u64, (_, share)| sum.checked_add(*share))?;
            shares.into_iter().map(|(netuid, share)| Some((netuid, mul_div(amount, share, whole)?))).collect()
        }

        /// Base units that the next block mints for each subnet, in netuid order.
        pub fn next_block() -> Vec<(NetUid, Amount)> {
            let minted = issuance::block_emission(T::Currency::total_issuance());
            Self::parts(minted, Self::shares()).unwrap_or_default()
        }

        /// Has to know of every block of a subnet that has started, also of one in which nothing fell to it.
        fn remember(netuid: NetUid, part: Amount) -> DispatchResult {
            let after = recent::after_a_block(Recent::<T>::get(netuid), part).ok_or(Error::<T>::Overflow)?;
            Recent::<T>::insert(netuid, after);
            Ok(())
        }

        /// The owner's cut of what has become pending since the last epoch, and the epoch's budget. `None` if more was
        /// kept than is pending, which `try_state` rules out.
        fn divide(netuid: NetUid) -> Option<(Amount, Amount)> {
            let kept = Kept::<T>::get(netuid);
            let fresh = Pending::<T>::get(netuid).checked_sub(kept)?;
            let (cut, rest) = issuance::split_off(fresh, T::OwnerCut::get());
            Some((cut, rest.checked_add(kept)?))
        }

        /// What the owner got: nothing while the cut could not even open the owner's account.
        fn pay_owner(netuid: NetUid, cut: Amount) -> Amount {
            let Some(owner) = T::Subnets::owner(netuid).filter(|_| cut > 0) else { return 0 };
            let paid = with_storage_layer(|| T::Currency::transfer(&Self::pot(), &owner, cut, Preservation::Preserve));
            if paid.is_ok() {
                cut
            } else {
                0
            }
        }
    }

    impl<T: Config> Payroll for Pallet<T> {
        fn budget(netuid: NetUid) -> Amount {
            Self::divide(netuid).map_or(0, |(_, budget)| budget)
        }

        fn pay(netuid: NetUid, payouts: &[Payout]) -> DispatchResult {
            let (cut, budget) = Self::divide(netuid).ok_or(Error::<T>::OverBudget)?;
            let sum = |part: fn(&Payout) -> Amount| {
                payouts.iter().try_fold(0, |sum: Amount, payout| sum.checked_add(part(payout)))
            };
            let miners = sum(|payout| payout.miner).ok_or(Error::<T>::Overflow)?;
            let validators = sum(|payout| payout.validator).ok_or(Error::<T>::Overflow)?;
            let paid = miners.checked_add(validators).ok_or(Error::<T>::Overflow)?;
            ensure!(paid <= budget, Error::<T>::OverBudget);

            let owner = Self::pay_owner(netuid, cut);
            if paid > 0 {
                T::Rewards::receive(&Self::pot(), paid)?;
            }
            for payout in payouts.iter().filter(|payout| payout.miner > 0) {
                T::Rewards::reward_owner(&payout.hotkey, payout.miner)?;
            }
            for payout in payouts.iter().filter(|payout| payout.validator > 0) {
                T::Dividends::share(netuid, &payout.hotkey, payout.validator)?;
            }
            let pending = Pending::<T>::get(netuid);
            let handed_out = paid.checked_add(owner).ok_or(Error::<T>::Overflow)?;
            let kept = pending.checked_sub(handed_out).ok_or(Error::<T>::OverBudget)?;
            Pending::<T>::insert(netuid, kept);
            Kept::<T>::mutate_exists(netuid, |stored| *stored = Some(kept).filter(|kept| *kept > 0));
            Self::deposit_event(Event::Paid { netuid, owner, miners, validators, kept });
            Ok(())
        }
    }

    /// The sum of the block emissions that fell to a subnet, of which a part fades at each block: whoever is given more
    /// of late has more, whatever its age, tempo or payout; a subnet cannot lift it but by being given more.
    impl<T: Config> SubnetEmission for Pallet<T> {
        fn emission(netuid: NetUid) -> Amount {
            Recent::<T>::get(netuid)
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            Recent::<T>::remove(netuid);
            Kept::<T>::remove(netuid);
            let orphaned = Pending::<T>::take(netuid);
            // Both are parts of one pot that lies below the cap, so the sum fits.
            Carry::<T>::mutate(|carry| *carry = carry.checked_add(orphaned).unwrap_or(*carry));
            4
        }
    }
}
