use crate::{Amount, BlockNumber, Proportion, MAX_UIDS, TOKEN};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The longest tempo. New stake waits for a whole round of the chain, which is no shorter, so that every subnet has paid
/// once without it.
pub const MAX_TEMPO: u16 = 360;
/// Validators of a subnet, at most: an epoch of more, with all the parents that they can have, would not fit a block.
pub const MAX_VALIDATORS: u16 = 256;

/// All that a subnet's owner or root can set about one subnet. docs/hyperparameters.md is made of what stands here.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields, default)]
#[scale_info(capture_docs = "always")]
pub struct Hyperparams {
    /// Blocks between two epochs, less one: an epoch is due when (block + netuid + 1) mod (tempo + 1) = 0.
    pub tempo: u16,
    /// Stake majority that decides the consensus weight, as a share of `u16::MAX`.
    pub kappa: Proportion,
    /// Blocks after which a neuron that set no weights counts as inactive.
    pub activity_cutoff: BlockNumber,
    /// Blocks during which a new neuron is replaced only when nobody else can be.
    pub immunity_period: BlockNumber,
    /// Fewest entries in a row of weights.
    pub min_allowed_weights: u16,
    /// Largest share of one entry in a row, as a share of `u16::MAX`.
    pub max_weights_limit: Proportion,
    /// The version that a row of weights must carry, so that outdated validators notice.
    pub weights_version: u64,
    /// Fewest blocks between two weight settings, or two commits, of one neuron.
    pub weights_rate_limit: BlockNumber,
    /// Whether weights are committed as a hash and revealed later, instead of being set openly.
    pub commit_reveal: bool,
    /// Epochs from a commit of weights to the one before whose end it is revealed. From 1 to 100.
    pub commit_reveal_interval: u16,
    /// Fewest blocks between two announcements of one neuron's axon, and between two of its metrics.
    pub serving_rate_limit: BlockNumber,
    /// Base units of stake below which a neuron's stake counts as zero.
    pub stake_threshold: Amount,
    /// Seats with a validator permit.
    pub max_validators: u16,
    /// Seats.
    pub max_uids: u16,
    /// Whether anybody can take a seat at all.
    pub registration_allowed: bool,
    /// Most registrations in one block.
    pub max_registrations_per_block: u16,
    /// The least that a seat costs.
    pub min_burn: Amount,
    /// The most that a seat costs.
    pub max_burn: Amount,
    /// Blocks in which the price of a seat, and the difficulty of working for one, halve.
    pub burn_half_life: BlockNumber,
    /// What a registration multiplies the price with, in thousandths; one by work multiplies the difficulty.
    pub burn_increase: u16,
    /// Registrations that are meant to happen in an interval; at most three times as many can.
    pub target_registrations_per_interval: u16,
    /// The interval of the target; it begins with the first registration after the one before has passed.
    pub adjustment_interval: BlockNumber,
    /// Whether work buys a seat, besides tokens.
    pub pow_allowed: bool,
    /// The fewest hashes that a seat costs on average.
    pub min_difficulty: u64,
    /// The most hashes that a seat costs on average.
    pub max_difficulty: u64,
    /// Share of the old bonds that survives an epoch, in millionths.
    pub bonds_moving_average: u32,
    /// How far bonds use clipped instead of raw weights, as a share of `u16::MAX`.
    pub bonds_penalty: Proportion,
    /// Whether bonds follow Yuma 3: each one a proportion of its own instead of a share among all validators.
    pub yuma3: bool,
    /// Whether Yuma 3 bonds move the faster, the closer a weight is to the consensus.
    pub liquid_alpha: bool,
    /// The slowest that liquid bonds move, as a share of `u16::MAX`.
    pub alpha_low: Proportion,
    /// The fastest that liquid bonds move, as a share of `u16::MAX`.
    pub alpha_high: Proportion,
    /// How sharply liquid bonds turn from slow to fast, in hundredths.
    pub alpha_sigmoid_steepness: i16,
}

impl Default for Hyperparams {
    fn default() -> Self {
        Self {
            tempo: 360,
            kappa: 32_767,
            activity_cutoff: 5_000,
            immunity_period: 4_096,
            min_allowed_weights: 1,
            max_weights_limit: u16::MAX,
            weights_version: 0,
            weights_rate_limit: 100,
            commit_reveal: true,
            commit_reveal_interval: 1,
            serving_rate_limit: 50,
            stake_threshold: 0,
            max_validators: 64,
            max_uids: 256,
            registration_allowed: true,
            max_registrations_per_block: 1,
            min_burn: TOKEN / 2_000,
            max_burn: 100 * TOKEN,
            burn_half_life: 360,
            burn_increase: 1_260,
            target_registrations_per_interval: 2,
            adjustment_interval: 360,
            pow_allowed: true,
            min_difficulty: 10_000_000,
            max_difficulty: 1_000_000_000_000_000,
            bonds_moving_average: 900_000,
            bonds_penalty: u16::MAX,
            yuma3: false,
            liquid_alpha: false,
            alpha_low: 45_875,
            alpha_high: 58_982,
            alpha_sigmoid_steepness: 1_000,
        }
    }
}

/// The first rule that a set of parameters breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum HyperparamError {
    /// `tempo` must lie between 1 and [`MAX_TEMPO`].
    TempoOutOfRange,
    /// `max_uids` must lie between 1 and [`MAX_UIDS`].
    MaxUidsOutOfRange,
    /// `max_validators` must lie between 1 and `max_uids`, and is at most 256.
    MaxValidatorsOutOfRange,
    /// `min_allowed_weights` must not exceed `max_uids`.
    MinAllowedWeightsTooHigh,
    /// `max_weights_limit` x `min_allowed_weights` must reach `u16::MAX`, or no row of the fewest entries could be set.
    WeightsLimitTooLow,
    /// `min_burn` must be positive and not exceed `max_burn`.
    BurnRangeEmpty,
    /// `bonds_moving_average` is in millionths and must not exceed one.
    BondsMovingAverageTooHigh,
    /// `alpha_low` must not exceed `alpha_high`.
    AlphaRangeEmpty,
    /// `activity_cutoff` must be at least 1.
    ActivityCutoffTooShort,
    /// `commit_reveal_interval` must lie between 1 and 100.
    CommitRevealIntervalOutOfRange,
    /// `burn_half_life` must be at least 1.
    BurnHalfLifeTooShort,
    /// `burn_increase` is in thousandths and must be at least one.
    BurnIncreaseTooLow,
    /// `target_registrations_per_interval` must be at least 1.
    TargetRegistrationsTooLow,
    /// `adjustment_interval` must be at least 1.
    AdjustmentIntervalTooShort,
    /// `min_difficulty` must be positive and not exceed `max_difficulty`.
    DifficultyRangeEmpty,
}

/// Says something about every field at once; it does not compile while a field of the struct is missing here.
macro_rules! fields {
    ($($field:ident)*) => {
        impl Hyperparams {
            /// The names of all parameters, in the order of the struct.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            /// The places in [`Self::NAMES`] of what differs between the two.
            pub fn differing(&self, other: &Self) -> Vec<u8> {
                let Self { $($field),* } = self;
                let differs = [$(*$field != other.$field),*];
                (0u8..).zip(differs).filter(|(_, differs)| *differs).map(|(place, _)| place).collect()
            }
        }
    };
}

fields! {
    tempo
    kappa
    activity_cutoff
    immunity_period
    min_allowed_weights
    max_weights_limit
    weights_version
    weights_rate_limit
    commit_reveal
    commit_reveal_interval
    serving_rate_limit
    stake_threshold
    max_validators
    max_uids
    registration_allowed
    max_registrations_per_block
    min_burn
    max_burn
    burn_half_life
    burn_increase
    target_registrations_per_interval
    adjustment_interval
    pow_allowed
    min_difficulty
    max_difficulty
    bonds_moving_average
    bonds_penalty
    yuma3
    liquid_alpha
    alpha_low
    alpha_high
    alpha_sigmoid_steepness
}

/// What keeps an owner from changing parameters in the next block. Root always may.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct HyperparamsStatus {
    /// The next epoch is close: nothing can be changed before this block.
    pub frozen_until: Option<BlockNumber>,
    /// Parameters that were changed a short time ago, and the block from which on each can be changed again.
    pub locked: Vec<(alloc::string::String, BlockNumber)>,
}

impl Hyperparams {
    /// Seats and the majority are the network's business: more seats cost every node, another kappa moves its security.
    pub const ROOT_ONLY: [&'static str; 3] = ["kappa", "max_uids", "max_validators"];

    pub fn validate(&self) -> Result<(), HyperparamError> {
        use HyperparamError::*;
        let rules = [
            ((1..=MAX_TEMPO).contains(&self.tempo), TempoOutOfRange),
            (self.max_uids >= 1 && u32::from(self.max_uids) <= MAX_UIDS, MaxUidsOutOfRange),
            ((1..=self.max_uids.min(MAX_VALIDATORS)).contains(&self.max_validators), MaxValidatorsOutOfRange),
            (self.min_allowed_weights <= self.max_uids, MinAllowedWeightsTooHigh),
            (self.a_shortest_row_is_possible(), WeightsLimitTooLow),
            (self.min_burn > 0 && self.min_burn <= self.max_burn, BurnRangeEmpty),
            (self.bonds_moving_average <= 1_000_000, BondsMovingAverageTooHigh),
            (self.alpha_low <= self.alpha_high, AlphaRangeEmpty),
            (self.activity_cutoff >= 1, ActivityCutoffTooShort),
            ((1..=100).contains(&self.commit_reveal_interval), CommitRevealIntervalOutOfRange),
            (self.burn_half_life >= 1, BurnHalfLifeTooShort),
            (self.burn_increase >= 1_000, BurnIncreaseTooLow),
            (self.target_registrations_per_interval >= 1, TargetRegistrationsTooLow),
            (self.adjustment_interval >= 1, AdjustmentIntervalTooShort),
            (self.min_difficulty > 0 && self.min_difficulty <= self.max_difficulty, DifficultyRangeEmpty),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err(broken),
            None => Ok(()),
        }
    }

    fn a_shortest_row_is_possible(&self) -> bool {
        u32::from(self.max_weights_limit) * u32::from(self.min_allowed_weights.max(1)) >= u32::from(u16::MAX)
    }

    /// Blocks from `block` until the subnet's next epoch; zero when `block` itself is due.
    pub fn blocks_until_epoch(&self, netuid: crate::NetUid, block: BlockNumber) -> BlockNumber {
        let period = u64::from(self.tempo) + 1;
        let phase = (u64::from(block) + u64::from(netuid.0) + 1) % period;
        ((period - phase) % period) as BlockNumber
    }

    /// Blocks for which a changed parameter stays as it is: two tempos.
    pub fn change_interval(&self) -> BlockNumber {
        2 * (BlockNumber::from(self.tempo) + 1)
    }

    /// The block of the next epoch, if the state after `block` is so close before it that owners change nothing: the
    /// last 10 blocks, or the last tenth of a shorter tempo.
    pub fn frozen_until(&self, netuid: crate::NetUid, block: BlockNumber) -> Option<BlockNumber> {
        let next = block.checked_add(1)?;
        let left = self.blocks_until_epoch(netuid, next);
        let freeze = BlockNumber::from(self.tempo / 10).min(10);
        next.checked_add(left).filter(|_| left < freeze)
    }

    /// How many epochs of the subnet have come due up to `block`, itself included: the number of the span between two
    /// epochs in which it lies, which begins with the block that runs one.
    pub fn epoch_index(&self, netuid: crate::NetUid, block: BlockNumber) -> u64 {
        (u64::from(block) + u64::from(netuid.0) + 1) / (u64::from(self.tempo) + 1)
    }

    /// The first and the last block in which weights that are committed at `block` can be revealed: the whole span
    /// between two epochs that is `commit_reveal_interval` after the commit's. `None` where there is no such block.
    pub fn reveal_window(&self, netuid: crate::NetUid, block: BlockNumber) -> Option<(BlockNumber, BlockNumber)> {
        let period = u64::from(self.tempo) + 1;
        let index = self.epoch_index(netuid, block).checked_add(u64::from(self.commit_reveal_interval))?;
        let first = index.checked_mul(period)?.checked_sub(u64::from(netuid.0) + 1)?;
        let last = first.checked_add(u64::from(self.tempo))?;
        Some((first.try_into().ok()?, last.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetUid;

    #[test]
    fn defaults_are_valid() {
        assert_eq!(Hyperparams::default().validate(), Ok(()));
    }

    #[test]
    fn each_rule_names_what_it_refuses() {
        let broken = |change: fn(&mut Hyperparams)| {
            let mut params = Hyperparams::default();
            change(&mut params);
            params.validate()
        };
        assert_eq!(broken(|p| p.tempo = 0), Err(HyperparamError::TempoOutOfRange));
        assert_eq!(broken(|p| p.tempo = 361), Err(HyperparamError::TempoOutOfRange));
        assert_eq!(broken(|p| p.max_uids = 5_000), Err(HyperparamError::MaxUidsOutOfRange));
        assert_eq!(broken(|p| p.max_validators = 257), Err(HyperparamError::MaxValidatorsOutOfRange));
        assert_eq!(broken(|p| p.min_allowed_weights = 257), Err(HyperparamError::MinAllowedWeightsTooHigh));
        assert_eq!(broken(|p| p.max_weights_limit = 100), Err(HyperparamError::WeightsLimitTooLow));
        assert_eq!(broken(|p| p.min_burn = 0), Err(HyperparamError::BurnRangeEmpty));
        assert_eq!(broken(|p| p.bonds_moving_average = 1_000_001), Err(HyperparamError::BondsMovingAverageTooHigh));
        assert_eq!(broken(|p| p.alpha_low = u16::MAX), Err(HyperparamError::AlphaRangeEmpty));
        assert_eq!(broken(|p| p.activity_cutoff = 0), Err(HyperparamError::ActivityCutoffTooShort));
        let out_of_range = Err(HyperparamError::CommitRevealIntervalOutOfRange);
        assert_eq!(broken(|p| p.commit_reveal_interval = 0), out_of_range);
        assert_eq!(broken(|p| p.commit_reveal_interval = 101), out_of_range);
        assert_eq!(broken(|p| p.burn_half_life = 0), Err(HyperparamError::BurnHalfLifeTooShort));
        assert_eq!(broken(|p| p.burn_increase = 999), Err(HyperparamError::BurnIncreaseTooLow));
        let no_target = |p: &mut Hyperparams| p.target_registrations_per_interval = 0;
        assert_eq!(broken(no_target), Err(HyperparamError::TargetRegistrationsTooLow));
        assert_eq!(broken(|p| p.adjustment_interval = 0), Err(HyperparamError::AdjustmentIntervalTooShort));
        assert_eq!(broken(|p| p.min_difficulty = 0), Err(HyperparamError::DifficultyRangeEmpty));
        assert_eq!(broken(|p| p.max_difficulty = 1), Err(HyperparamError::DifficultyRangeEmpty));
    }

    #[test]
    fn the_names_are_those_of_the_struct_in_its_order() {
        let scale_info::TypeDef::Composite(of) = Hyperparams::type_info().type_def else { panic!("it is a struct") };
        let names: Vec<_> = of.fields.iter().filter_map(|field| field.name).collect();
        assert_eq!(names, Hyperparams::NAMES);
        assert!(Hyperparams::ROOT_ONLY.iter().all(|name| names.contains(name)));
    }

    #[test]
    fn what_differs_is_found_by_its_place() {
        let old = Hyperparams::default();
        assert!(old.differing(&old).is_empty());
        let new = Hyperparams { tempo: 9, alpha_sigmoid_steepness: 1, ..old.clone() };
        assert_eq!(old.differing(&new), [0, Hyperparams::NAMES.len() as u8 - 1]);
    }

    #[test]
    fn the_last_blocks_before_an_epoch_are_frozen_and_few_of_a_short_tempo() {
        let frozen = |tempo: u16| -> Vec<u32> {
            let params = Hyperparams { tempo, ..Default::default() };
            (0..2 * u32::from(tempo)).filter(|block| params.frozen_until(NetUid(1), *block).is_some()).collect()
        };
        assert_eq!(frozen(360), (349..359).chain(710..720).collect::<Vec<_>>());
        assert_eq!(frozen(20), [17, 18, 38, 39]);
        assert!(frozen(9).is_empty());
        let params = Hyperparams::default();
        assert_eq!(params.frozen_until(NetUid(1), 350), Some(359));
        assert_eq!(params.frozen_until(NetUid(1), 359), None, "the epoch of block 359 has run");
    }

    #[test]
    fn epochs_are_one_period_apart_and_staggered_by_netuid() {
        let params = Hyperparams { tempo: 9, ..Default::default() };
        let due = |netuid: u16| -> alloc::vec::Vec<u32> {
            (0..30).filter(|block| params.blocks_until_epoch(NetUid(netuid), *block) == 0).collect()
        };
        assert_eq!(due(1), [8, 18, 28]);
        assert_eq!(due(2), [7, 17, 27]);
    }

    #[test]
    fn the_index_grows_with_the_block_that_runs_an_epoch() {
        let params = Hyperparams { tempo: 9, ..Default::default() };
        let index = |block| params.epoch_index(NetUid(1), block);
        assert_eq!([index(0), index(7), index(8), index(17), index(18)], [0, 0, 1, 1, 2]);
        for block in 1..100 {
            assert_eq!(index(block) > index(block - 1), params.blocks_until_epoch(NetUid(1), block) == 0, "{block}");
        }
    }

    #[test]
    fn a_commit_is_revealed_between_the_two_epochs_that_the_interval_names() {
        let params = Hyperparams { tempo: 9, ..Default::default() };
        assert_eq!(params.reveal_window(NetUid(1), 8), Some((18, 27)));
        assert_eq!(params.reveal_window(NetUid(1), 17), Some((18, 27)));
        let patient = Hyperparams { commit_reveal_interval: 3, ..params.clone() };
        assert_eq!(patient.reveal_window(NetUid(1), 0), Some((28, 37)));
        assert_eq!(params.reveal_window(NetUid(1), BlockNumber::MAX), None);
    }

    #[test]
    fn a_window_lies_within_the_blocks_however_large_the_netuid() {
        let params = Hyperparams { tempo: 1, ..Default::default() };
        for block in 0..10 {
            let (first, last) = params.reveal_window(NetUid(u16::MAX), block).unwrap();
            assert!(block < first && first < last);
        }
    }
}
