use crate::{Amount, BlockNumber, Proportion, MAX_UIDS, TOKEN};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// All that a subnet's owner or root can set about one subnet.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields, default)]
pub struct Hyperparams {
    /// Blocks between two epochs, less one: an epoch is due when (block + netuid + 1) mod (tempo + 1) = 0. At least 1.
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
    /// Fewest blocks between two axon announcements of one neuron.
    pub serving_rate_limit: BlockNumber,
    /// Base units of stake below which a neuron's stake counts as zero.
    pub stake_threshold: Amount,
    /// Seats with a validator permit.
    pub max_validators: u16,
    /// Seats.
    pub max_uids: u16,
    pub registration_allowed: bool,
    /// Most registrations in one block.
    pub max_registrations_per_block: u16,
    /// The registration price stays within these bounds, in base units.
    pub min_burn: Amount,
    pub max_burn: Amount,
    /// Share of the old bonds that survives an epoch, in millionths.
    pub bonds_moving_average: u32,
    /// How far bonds use clipped instead of raw weights, as a share of `u16::MAX`.
    pub bonds_penalty: Proportion,
    pub yuma3: bool,
    pub liquid_alpha: bool,
    pub alpha_low: Proportion,
    pub alpha_high: Proportion,
    /// In hundredths.
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
    /// `tempo` must be at least 1.
    TempoTooShort,
    /// `max_uids` must lie between 1 and [`MAX_UIDS`].
    MaxUidsOutOfRange,
    /// `max_validators` must lie between 1 and `max_uids`.
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
}

impl Hyperparams {
    pub fn validate(&self) -> Result<(), HyperparamError> {
        use HyperparamError::*;
        let rules = [
            (self.tempo >= 1, TempoTooShort),
            (self.max_uids >= 1 && u32::from(self.max_uids) <= MAX_UIDS, MaxUidsOutOfRange),
            (self.max_validators >= 1 && self.max_validators <= self.max_uids, MaxValidatorsOutOfRange),
            (self.min_allowed_weights <= self.max_uids, MinAllowedWeightsTooHigh),
            (self.a_shortest_row_is_possible(), WeightsLimitTooLow),
            (self.min_burn > 0 && self.min_burn <= self.max_burn, BurnRangeEmpty),
            (self.bonds_moving_average <= 1_000_000, BondsMovingAverageTooHigh),
            (self.alpha_low <= self.alpha_high, AlphaRangeEmpty),
            (self.activity_cutoff >= 1, ActivityCutoffTooShort),
            ((1..=100).contains(&self.commit_reveal_interval), CommitRevealIntervalOutOfRange),
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
        assert_eq!(broken(|p| p.tempo = 0), Err(HyperparamError::TempoTooShort));
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
