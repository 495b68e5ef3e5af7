//! One subnet's books: tokens are minted, an epoch shares them out, what is earned becomes stake.

use issuance::{block_emission, split_off, TOKEN};
use yuma::{Input, InputError, Outcome, Params, Rows};

/// The subnet owner's part of what an epoch pays, as a share of `u16::MAX`: 18 %. Miners and validators share the rest.
pub const OWNER_CUT: u16 = 11_796;
/// All stake at the start, in base units.
pub const GENESIS_STAKE: u64 = 100_000 * TOKEN;

/// How bonds are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    Classic,
    Yuma3,
    /// Yuma 3 with liquid alpha.
    Liquid,
}

impl Variant {
    pub const ALL: [Self; 3] = [Self::Classic, Self::Yuma3, Self::Liquid];

    pub fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Yuma3 => "Yuma 3",
            Self::Liquid => "Yuma 3, liquid alpha",
        }
    }

    /// A new subnet's parameters, with this variant's bonds.
    pub fn params(self) -> Params {
        Params {
            tempo: 360,
            activity_cutoff: 5_000,
            kappa: 32_767,
            bonds_penalty: u16::MAX,
            bonds_moving_average: 900_000,
            yuma3: self != Self::Classic,
            liquid_alpha: self == Self::Liquid,
            alpha_low: 45_875,
            alpha_high: 58_982,
            alpha_sigmoid_steepness: 1_000,
            max_allowed_validators: 64,
            stake_threshold: 0,
            tao_weight: 0,
        }
    }
}

/// The subnet between two epochs. Lists have one element per seat; amounts are base units.
pub struct Economy {
    pub params: Params,
    pub stake: Vec<u64>,
    /// All that exists: stake, pending emission and what the owner got.
    pub issued: u64,
    /// Minted, not yet paid: the dust of the epochs so far.
    pub pending: u64,
    pub owner: u64,
    block: u64,
    last_step_block: u64,
    last_update: Vec<u64>,
    validator_permit: Vec<bool>,
    bonds: Rows,
}

impl Economy {
    /// A subnet in which every seat with stake has a permit. Seats are old enough to be idle if they set no weights.
    pub fn new(params: Params, stake: Vec<u64>) -> Self {
        let seats = stake.len();
        let block = params.activity_cutoff;
        Self {
            issued: stake.iter().sum(),
            pending: 0,
            owner: 0,
            block,
            last_step_block: block,
            last_update: vec![0; seats],
            validator_permit: stake.iter().map(|stake| *stake > 0).collect(),
            bonds: vec![vec![]; seats],
            params,
            stake,
        }
    }

    /// Mints for one epoch, runs it over `rows` (one row of weights per seat, empty: set none) and pays it.
    ///
    /// # Errors
    /// Those of [`yuma::run`].
    pub fn step(&mut self, rows: Rows) -> Result<Outcome, InputError> {
        self.mint();
        for (updated, row) in self.last_update.iter_mut().zip(&rows) {
            if !row.is_empty() {
                *updated = self.block;
            }
        }
        let (cut, budget) = split_off(self.pending, OWNER_CUT);
        let outcome = yuma::run(&self.input(rows, budget), &self.params)?;
        self.pay(cut, &outcome);
        self.last_step_block = self.block;
        self.validator_permit.clone_from(&outcome.validator_permit);
        self.bonds.clone_from(&outcome.bonds);
        Ok(outcome)
    }

    /// What the stake majority behind `rows` thinks of each seat, in units of 1/65535: anybody can work this out.
    ///
    /// # Errors
    /// Those of [`yuma::run`].
    pub fn consensus(&self, rows: &Rows) -> Result<Vec<u16>, InputError> {
        let mut input = self.input(rows.clone(), 0);
        input.last_update = vec![self.block; rows.len()];
        input.validator_permit = rows.iter().map(|row| !row.is_empty()).collect();
        Ok(yuma::run(&input, &self.params)?.consensus)
    }

    fn mint(&mut self) {
        for _ in 0..=self.params.tempo {
            self.block += 1;
            let minted = block_emission(self.issued);
            self.issued += minted;
            self.pending += minted;
        }
    }

    fn pay(&mut self, cut: u64, outcome: &Outcome) {
        self.owner += cut;
        self.pending -= cut;
        for (uid, stake) in self.stake.iter_mut().enumerate() {
            let earned = outcome.server_emission[uid] + outcome.validator_emission[uid];
            *stake += earned;
            self.pending -= earned;
        }
    }

    fn input(&self, weights: Rows, emission: u64) -> Input {
        let seats = self.stake.len();
        Input {
            current_block: self.block,
            last_step_block: self.last_step_block,
            owner_uid: None,
            emission,
            alpha_stake: self.stake.clone(),
            tao_stake: vec![0; seats],
            last_update: self.last_update.clone(),
            block_at_registration: vec![0; seats],
            // Seats never change hands here, so the mask of open commits has nothing to void.
            commit_block: None,
            validator_permit: self.validator_permit.clone(),
            weights,
            bonds: self.bonds.clone(),
        }
    }
}
