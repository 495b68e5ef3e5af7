//! The input of an epoch as it is written in JSON.

use serde::Deserialize;
use yuma::{Input, InputError, Params, Rows};

/// Every field of an epoch's input. Lists have `n` elements; amounts are in base units ("rao").
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub n: u16,
    pub current_block: u64,
    pub tempo: u16,
    pub last_step_block: u64,
    pub activity_cutoff: u64,
    pub kappa: u16,
    pub bonds_penalty: u16,
    pub bonds_moving_average: u64,
    pub yuma3: bool,
    pub liquid_alpha: bool,
    pub alpha_low: u16,
    pub alpha_high: u16,
    pub alpha_sigmoid_steepness: i16,
    pub max_allowed_validators: u16,
    pub stake_threshold: u64,
    pub owner_uid: Option<u16>,
    pub rao_emission: u64,
    pub alpha_stake: Vec<u64>,
    pub tao_stake: Vec<u64>,
    pub tao_weight: u64,
    pub last_update: Vec<u64>,
    pub block_at_registration: Vec<u64>,
    pub commit_block: Option<Vec<Option<u64>>>,
    pub validator_permit: Vec<bool>,
    pub weights: Rows,
    pub bonds: Rows,
}

impl State {
    /// What the consensus takes apart: the subnet, and the parameters.
    ///
    /// # Errors
    /// If `alpha_stake` has not `n` elements; the other lists are checked against it when the epoch is run.
    pub fn split(self) -> Result<(Input, Params), InputError> {
        let (expected, found) = (usize::from(self.n), self.alpha_stake.len());
        if expected != found {
            return Err(InputError::Length { list: "alpha_stake", expected, found });
        }
        let params = self.params();
        let input = Input {
            current_block: self.current_block,
            last_step_block: self.last_step_block,
            owner_uid: self.owner_uid,
            emission: self.rao_emission,
            alpha_stake: self.alpha_stake,
            tao_stake: self.tao_stake,
            last_update: self.last_update,
            block_at_registration: self.block_at_registration,
            commit_block: self.commit_block,
            validator_permit: self.validator_permit,
            weights: self.weights,
            bonds: self.bonds,
        };
        Ok((input, params))
    }

    fn params(&self) -> Params {
        Params {
            tempo: self.tempo,
            activity_cutoff: self.activity_cutoff,
            kappa: self.kappa,
            bonds_penalty: self.bonds_penalty,
            bonds_moving_average: self.bonds_moving_average,
            yuma3: self.yuma3,
            liquid_alpha: self.liquid_alpha,
            alpha_low: self.alpha_low,
            alpha_high: self.alpha_high,
            alpha_sigmoid_steepness: self.alpha_sigmoid_steepness,
            max_allowed_validators: self.max_allowed_validators,
            stake_threshold: self.stake_threshold,
            tao_weight: self.tao_weight,
        }
    }
}
