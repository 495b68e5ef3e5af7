use super::Forger;
use crate::{spec, ModelSolver, TextAnswer, TextChallenge, TextSubnet};
use inference::{Limits, Model};
use std::sync::Arc;
use subnet::{AccountId, SolveError, Solver, Spec};

/// Zeros in the place of a whole commitment, as [`inference::Commitment::encode`] writes them: a scale of 1, then nothing.
const ZERO_SCALE: &str = "AACAPw";
/// A token of ordinary text in every tokenizer with bytes.
const FILLER: u32 = 300;

/// A way to be paid for what was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cheat {
    /// Lets the cheap model write and passes it off as the one that was asked for.
    OtherWeights,
    /// The same, and leaves the commitments away.
    WithoutCommitments,
    /// Lets the cheap model write, then has the true one say what it would about that.
    HonestPrefill,
    /// Says half of the answer, properly dressed.
    Truncated,
    /// Says half of the answer and fills up to what was asked for, properly dressed.
    Padded,
    /// Says one token over and over, properly dressed.
    Constant,
    /// Hands on what another miner answered, word for word. A relay does the same.
    Copied,
    /// Hands on what another miner answered with one token changed, properly dressed.
    CopiedAndChanged,
    /// Answers what was asked before the challenge was known, properly dressed.
    Prepared,
    /// Answers honestly, but for commitments that are all zero.
    ZeroCommitments,
}

impl Cheat {
    pub const ALL: [Self; 10] = [
        Self::OtherWeights,
        Self::WithoutCommitments,
        Self::HonestPrefill,
        Self::Truncated,
        Self::Padded,
        Self::Constant,
        Self::Copied,
        Self::CopiedAndChanged,
        Self::Prepared,
        Self::ZeroCommitments,
    ];
}

/// Cheats in one way.
pub struct Cheater {
    cheat: Cheat,
    /// Writes what the cheat starts from.
    writer: ModelSolver,
    forger: Forger,
    victim: AccountId,
}

impl Cheater {
    /// `cheap` writes and `model` is claimed. The answers that are copied are those of `victim`.
    pub fn new(cheat: Cheat, cheap: Arc<Model>, model: Arc<Model>, victim: AccountId) -> Self {
        let writer = ModelSolver::new(cheap, Limits::default()).claiming(&model);
        Self { cheat, writer, forger: Forger(model), victim }
    }

    async fn write(&self, hotkey: &AccountId, challenge: &TextChallenge) -> Result<TextAnswer, SolveError> {
        self.writer.solve(hotkey, challenge.clone()).await
    }

    /// The tokens of the cheats that are properly dressed.
    async fn tokens(&self, hotkey: &AccountId, challenge: &TextChallenge) -> Result<Vec<u32>, SolveError> {
        let asked = challenge.max_tokens as usize;
        Ok(match self.cheat {
            Cheat::Constant => vec![FILLER; asked],
            Cheat::Truncated | Cheat::Padded => {
                let mut tokens = self.write(hotkey, challenge).await?.tokens;
                tokens.truncate(tokens.len().div_ceil(2));
                let filled = if self.cheat == Cheat::Padded { asked } else { tokens.len() };
                tokens.resize(filled, FILLER);
                tokens
            }
            Cheat::Prepared => {
                let earlier = TextChallenge { nonce: "the last one".into(), ..challenge.clone() };
                self.write(hotkey, &earlier).await?.tokens
            }
            Cheat::CopiedAndChanged => {
                let mut tokens = self.write(&self.victim, challenge).await?.tokens;
                let middle = tokens.len() / 2;
                tokens[middle] = if tokens[middle] == FILLER { FILLER + 1 } else { FILLER };
                tokens
            }
            _ => self.write(hotkey, challenge).await?.tokens,
        })
    }
}

impl Solver for Cheater {
    type Subnet = TextSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: TextChallenge) -> Result<TextAnswer, SolveError> {
        match self.cheat {
            Cheat::OtherWeights => self.write(hotkey, &challenge).await,
            Cheat::Copied => self.write(&self.victim, &challenge).await,
            Cheat::WithoutCommitments => {
                Ok(TextAnswer { commitments: Vec::new(), ..self.write(hotkey, &challenge).await? })
            }
            Cheat::ZeroCommitments => {
                let mut answer = self.write(hotkey, &challenge).await?;
                answer.commitments.iter_mut().for_each(|one| *one = zero(one));
                Ok(answer)
            }
            _ => self.forger.dress(hotkey, &challenge, self.tokens(hotkey, &challenge).await?),
        }
    }
}

/// As long as `commitment`, and nothing but zeros behind the scale.
fn zero(commitment: &str) -> String {
    let padding = commitment.len() - commitment.trim_end_matches('=').len();
    let zeros = commitment.len() - ZERO_SCALE.len() - padding;
    format!("{ZERO_SCALE}{}{}", "A".repeat(zeros), "=".repeat(padding))
}
