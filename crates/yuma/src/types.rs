//! What goes in and what comes out: plain integers.

use alloc::vec::Vec;

/// Stored rows: for each neuron the `(uid, value)` entries in the order in which they are stored.
pub type Rows = Vec<Vec<(u16, u16)>>;

/// The hyperparameters that the consensus reads. A ratio that is a `u16` is in units of 1/65535.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// Blocks between two epochs, less one.
    pub tempo: u16,
    /// Blocks after which a neuron that sets no weights counts as inactive.
    pub activity_cutoff: u64,
    /// Ratio: the stake majority that a weight needs to stand.
    pub kappa: u16,
    /// Ratio: 0 bonds validators to their own weights, 65535 to the clipped ones.
    pub bonds_penalty: u16,
    /// Share of the old bonds in the moving average, in parts per million.
    pub bonds_moving_average: u64,
    /// Yuma 3 bonds (one moving average per pair) in place of the classic ones.
    pub yuma3: bool,
    /// With Yuma 3: how fast a bond moves depends on how far weight, bond and consensus lie apart.
    pub liquid_alpha: bool,
    /// Ratio: the slowest that liquid alpha moves a bond.
    pub alpha_low: u16,
    /// Ratio: the fastest that liquid alpha moves a bond.
    pub alpha_high: u16,
    /// How steep liquid alpha is between the two, in hundredths.
    pub alpha_sigmoid_steepness: i16,
    /// How many of the largest stakes get a validator permit.
    pub max_allowed_validators: u16,
    /// Stake below this counts as none, in base units.
    pub stake_threshold: u64,
    /// Worth of one base unit of root stake, in units of 1/(2^64 - 1).
    pub tao_weight: u64,
}

/// A subnet as it stands when its epoch ends. Lists have one element per neuron, index = uid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub current_block: u64,
    /// Block of the epoch before; 0 = none.
    pub last_step_block: u64,
    /// The uid of the subnet's owner, if it holds one.
    pub owner_uid: Option<u16>,
    /// What this epoch hands out, in base units.
    pub emission: u64,
    /// Stake on the subnet, in base units. Its length is the number of neurons.
    pub alpha_stake: Vec<u64>,
    /// Stake on the root, in base units.
    pub tao_stake: Vec<u64>,
    /// Block at which the neuron last set weights.
    pub last_update: Vec<u64>,
    pub block_at_registration: Vec<u64>,
    /// `None`: no commit-reveal. Else for each neuron the block of its oldest unexpired commit, if it has one.
    pub commit_block: Option<Vec<Option<u64>>>,
    /// The permits that the epoch before gave.
    pub validator_permit: Vec<bool>,
    /// The weights as [`max_upscale`](crate::max_upscale) leaves them; values of 0 and unknown uids are allowed.
    pub weights: Rows,
    /// The bonds of the epoch before.
    pub bonds: Rows,
}

/// What an epoch decides, as a chain stores and pays it. A ratio that is a `u16` is in units of 1/65535, rounded down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Set weights within the activity cutoff.
    pub active: Vec<bool>,
    /// The permits for the next epoch.
    pub validator_permit: Vec<bool>,
    /// Stake in base units, root stake included at its weight, whether it reaches the threshold or not.
    pub stake: Vec<u64>,
    /// Ratio: the neuron's share of all stake that reaches the threshold.
    pub stake_weight: Vec<u16>,
    /// Ratio: the weight that a stake majority supports for this neuron.
    pub consensus: Vec<u16>,
    /// Ratio: how much of the validator's weights survives the clip.
    pub validator_trust: Vec<u16>,
    /// Ratio: the neuron's share of all stake-weighted, clipped weights. Equals `incentive`; the field shows both.
    pub rank: Vec<u16>,
    /// Ratio: the stake-weighted weights towards this neuron after the clip over those before.
    pub trust: Vec<u16>,
    /// Ratio: the share of the miners' part.
    pub incentive: Vec<u16>,
    /// Ratio: the share of the validators' part.
    pub dividends: Vec<u16>,
    /// Paid for mining, in base units.
    pub server_emission: Vec<u64>,
    /// Paid for validating, in base units.
    pub validator_emission: Vec<u64>,
    /// Both together, rounded down once instead of twice: for display, not for paying.
    pub emission: Vec<u64>,
    /// The bonds to hand to the next epoch; only neurons with a permit keep a row.
    pub bonds: Rows,
}
