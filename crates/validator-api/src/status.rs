use primitives::{AccountId, Amount, BlockNumber, NetUid, Proportion, Uid};
use serde::{Deserialize, Serialize};

/// What a validator is doing, what it scored and why, when it sets weights, and whether it agrees with the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub hotkey: AccountId,
    /// None without a seat, or before the node has answered.
    pub uid: Option<Uid>,
    pub netuid: NetUid,
    /// The subnet's name in the catalog, and the version of it that judges.
    pub subnet: String,
    pub version: u64,
    /// Unix seconds.
    pub started: u64,
    /// When this was said, in Unix seconds.
    pub now: u64,
    pub doing: Activity,
    /// The newest block that is known.
    pub block: Option<BlockNumber>,
    /// Seconds since the node told something new.
    pub silent: u64,
    /// None before the first round.
    pub last_round: Option<LastRound>,
    /// In uid order.
    pub averages: Vec<Average>,
    pub weights: Weights,
    /// None without a seat, or before the first epoch.
    pub agreement: Option<Agreement>,
    /// Newest first.
    pub errors: Vec<Trouble>,
    pub kept: Kept,
}

/// What is being done, in words, and since when, in Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub what: String,
    pub since: u64,
}

/// The newest round, without the answers themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastRound {
    pub number: u64,
    /// The block that its challenge was drawn from.
    pub block: BlockNumber,
    /// Unix seconds.
    pub at: u64,
    /// Milliseconds.
    pub took: u64,
    pub judged: Vec<Judged>,
}

/// What a round found about one miner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub uid: Uid,
    pub hotkey: AccountId,
    /// In [0, 1].
    pub score: f32,
    pub reason: String,
    /// Milliseconds.
    pub took: u64,
}

/// What a miner has earned so far, beside what the validators together think of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Average {
    pub uid: Uid,
    pub hotkey: AccountId,
    /// In [0, 1].
    pub score: f32,
    pub rounds: u64,
    /// Genuine answers in a row that are missing before the average counts.
    pub missing: u32,
    /// Its part of the weights that this validator would give now, in [0, 1].
    pub weight: f64,
    /// Its part of the consensus of the last epoch, in [0, 1].
    pub consensus: f64,
}

/// When weights are given, and what became of those that were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    pub next_epoch: Option<BlockNumber>,
    /// The block in which weights may be given next, and the seconds until then, as far as that can be known.
    pub due: Option<BlockNumber>,
    pub due_in: Option<u64>,
    /// Why none are given now.
    pub held: Option<String>,
    /// Newest first.
    pub submissions: Vec<Submission>,
}

/// A call about weights and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// `set`, `commit` or `reveal`.
    pub call: String,
    /// Unix seconds.
    pub at: u64,
    /// The newest block when it was sent.
    pub sent_at: BlockNumber,
    pub outcome: Outcome,
    /// The block that holds it, and the extrinsic's hash in hex with 0x.
    pub block: Option<BlockNumber>,
    pub extrinsic: Option<String>,
    /// Why it went wrong, if it did.
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// On its way.
    Sent,
    /// In a block that a fork can still undo.
    Included,
    Finalized,
    /// A fork undid it; it is sent again.
    Dropped,
    /// The chain refused it.
    Rejected,
    /// No block holds it and none can any more, or what it did cannot be read.
    Lost,
}

impl Outcome {
    /// As metrics and logs name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Included => "included",
            Self::Finalized => "finalized",
            Self::Dropped => "dropped",
            Self::Rejected => "rejected",
            Self::Lost => "lost",
        }
    }
}

/// Whether the last epoch found this validator's weights right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The part of its weights within the consensus, as a share of `u16::MAX`.
    pub vtrust: Proportion,
    /// The part of its present weights that would have to move to reach the consensus, in [0, 1].
    pub deviation: f64,
    /// As a share of `u16::MAX`.
    pub dividends: Proportion,
    /// Base units that the last epoch paid.
    pub emission: Amount,
    pub permit: bool,
}

/// Something that went wrong, in a sentence, and when, in Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub at: u64,
    pub message: String,
}

/// What is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The oldest round that can still be audited.
    pub oldest: Option<u64>,
    pub rounds: u64,
    /// Of those rounds.
    pub bytes: u64,
    /// Of the whole file.
    pub file_bytes: u64,
}
