//! Measures what the pallet does in a block, through the pallets that the runtime gives it.

use crate::{Bonds, Config, LastEpoch, LastScores, Pallet, Scores};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::{traits::Hooks, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use primitives::{Amount, BlockNumber, Hyperparams, NetUid, Uid, MAX_UIDS, TOKEN};

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// A subnet without neurons, owned by the hotkey of its first one.
    fn create_subnet(netuid: NetUid, params: Hyperparams);
    /// The next seat, taken at block 0, with a row of weights set at block 1. Its dividends go to as many hotkeys as
    /// `payees`, itself and its parents, each with a stake that is the same for all; nobody stakes on one without any.
    fn add_neuron(netuid: NetUid, uid: Uid, payees: u32, weights: Vec<(Uid, u16)>);
    /// Base units for the next epoch to pay.
    fn add_emission(netuid: NetUid, amount: Amount);
}

const SUBNET: NetUid = NetUid(1);
const LAST_EPOCH: BlockNumber = 1;
const NOW: BlockNumber = 2;

/// What the dimensions of an epoch are in its benchmark.
struct Dimensions {
    neurons: u32,
    validators: u32,
    entries: u32,
    payees: u32,
}

impl Dimensions {
    /// The dearest variant, with a majority of 2 % of the stake, because only 3 % weight each neuron where entries are
    /// few: so everybody is paid, and liquid alpha has a consensus to measure distance from.
    fn params(&self) -> Hyperparams {
        let max_validators = self.validators as u16;
        Hyperparams { yuma3: true, liquid_alpha: true, kappa: 1_310, max_validators, ..Default::default() }
    }

    /// The row of one validator: every column gets as many entries as any other, and no row is sorted or even. The step
    /// is a prime above the number of seats, so that no target comes twice in a row.
    fn row(&self, uid: u32) -> Vec<(Uid, u16)> {
        const STEP: u32 = 7_919;
        let before: u32 = (0..uid).map(|uid| part(self.entries, self.validators, uid)).sum();
        let target = |position: u32| ((before + position) * STEP % self.neurons) as u16;
        let value = |target: u16| (uid as u16).wrapping_mul(40_503) ^ target.wrapping_mul(10_007) | 1;
        (0..part(self.entries, self.validators, uid)).map(target).map(|target| (target, value(target))).collect()
    }

    /// A subnet whose first neurons are validators, with weights and bonds for the same neurons.
    fn create<T: Config>(&self) {
        T::BenchmarkHelper::create_subnet(SUBNET, self.params());
        for uid in 0..self.validators {
            let row = self.row(uid);
            Bonds::<T>::insert(SUBNET, uid as u16, BoundedVec::truncate_from(row.clone()));
            T::BenchmarkHelper::add_neuron(SUBNET, uid as u16, part(self.payees, self.validators, uid), row);
        }
        for uid in self.validators..self.neurons {
            T::BenchmarkHelper::add_neuron(SUBNET, uid as u16, 0, Vec::new());
        }
        let scores = |uid| Scores { validator_permit: uid < self.validators, ..Default::default() };
        LastScores::<T>::insert(SUBNET, BoundedVec::truncate_from((0..self.neurons).map(scores).collect()));
        LastEpoch::<T>::insert(SUBNET, LAST_EPOCH);
        T::BenchmarkHelper::add_emission(SUBNET, 1_000 * TOKEN);
    }

    /// That the epoch has run, and paid everybody.
    fn check<T: Config>(&self) {
        assert_eq!(LastEpoch::<T>::get(SUBNET), Some(NOW));
        let scores = LastScores::<T>::get(SUBNET);
        assert!(scores.iter().all(|scores| scores.incentive > 0));
        assert_eq!(scores.iter().filter(|scores| scores.dividends > 0).count(), self.validators as usize);
    }
}

/// What falls to `uid` when `whole` is dealt to `heads`.
fn part(whole: u32, heads: u32, uid: u32) -> u32 {
    whole / heads + u32::from(uid < whole % heads)
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn idle(s: Linear<0, 256>) {
        for netuid in (1..=s as u16).map(NetUid) {
            T::BenchmarkHelper::create_subnet(netuid, Hyperparams::default());
        }
        #[block]
        {
            Pallet::<T>::on_initialize(BlockNumberFor::<T>::from(1u32));
        }
        assert_eq!(LastEpoch::<T>::iter().count(), 0);
    }

    /// Around a full subnet of the default size (256 neurons, of whom 64 weight all): what the noise of larger ones leaves
    /// over would be added to each epoch. The longest rows are those of the fewest neurons.
    #[benchmark]
    fn epoch(n: Linear<256, 1_024>, v: Linear<64, 128>, e: Linear<4_096, 32_768>, p: Linear<128, 512>) {
        let dimensions = Dimensions { neurons: n, validators: v, entries: e, payees: p };
        dimensions.create::<T>();
        let params = dimensions.params();
        #[block]
        {
            Pallet::<T>::epoch(SUBNET, &params, NOW);
        }
        dimensions.check::<T>();
    }

    /// All the seats that a subnet can have, of whom 64 weight all: what the slopes of `epoch` are held against.
    #[benchmark(extra)]
    fn largest_epoch() {
        let (neurons, validators) = (MAX_UIDS, 64);
        let dimensions = Dimensions { neurons, validators, entries: neurons * validators, payees: validators };
        dimensions.create::<T>();
        let params = dimensions.params();
        #[block]
        {
            Pallet::<T>::epoch(SUBNET, &params, NOW);
        }
        dimensions.check::<T>();
    }
}
