use crate::{AnyRound, AnySubnet, Finding, GradeError, Judgement, Received, Seed};
use primitives::AccountId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A round as it is kept: everything that its judgements follow from, and the judgements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The subnet's name in the catalog, and the version of it that judged.
    pub subnet: String,
    pub version: u64,
    pub seed: Seed,
    /// The challenge of an app that this round asked again, as JSON.
    pub past: Option<String>,
    pub answers: Vec<RecordedAnswer>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedAnswer {
    pub miner: AccountId,
    /// As JSON. What is not even text counts as no answer to every subnet, and is kept as none.
    pub answer: Option<String>,
    /// Milliseconds.
    pub took: u64,
    pub judgement: Judgement,
}

/// Why a record cannot be judged again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("the round was judged by {recorded} and this is {own}: use the version that judged it")]
    OtherSubnet { recorded: String, own: String },
    #[error("the app's challenge that the round asked again cannot be read by this subnet")]
    BadPast,
    #[error(transparent)]
    Grader(#[from] GradeError),
}

impl Record {
    /// Judges the answers again; the same grader comes to the same judgements.
    pub fn replay(&self, subnet: &dyn AnySubnet) -> Result<Vec<Judgement>, ReplayError> {
        let spec = subnet.spec();
        if (self.subnet.as_str(), self.version) != (&*spec.name, spec.version) {
            let name = |name: &str, version| format!("{name} version {version}");
            let (recorded, own) = (name(&self.subnet, self.version), name(&spec.name, spec.version));
            return Err(ReplayError::OtherSubnet { recorded, own });
        }
        let answers: Vec<_> = self.answers.iter().map(RecordedAnswer::received).collect();
        Ok(subnet.score(&self.round(subnet)?, &answers)?)
    }

    /// The challenge and its key, drawn again.
    pub fn round(&self, subnet: &dyn AnySubnet) -> Result<AnyRound, ReplayError> {
        match &self.past {
            Some(past) => subnet.again(past.as_bytes(), self.seed).ok_or(ReplayError::BadPast),
            None => Ok(subnet.challenge(self.seed)?),
        }
    }
}

impl RecordedAnswer {
    /// What came back and what was thought of it. `received` has to take whole milliseconds, as
    /// [`Received::in_milliseconds`] makes it, or the record would be judged otherwise.
    pub fn new(received: &Received<Vec<u8>>, judgement: Judgement) -> Self {
        let answer = received.answer.as_ref().and_then(|bytes| String::from_utf8(bytes.clone()).ok());
        let took = u64::try_from(received.took.as_millis()).unwrap_or(u64::MAX);
        Self { miner: received.miner.clone(), answer, took, judgement }
    }

    /// What it says about the miner.
    pub fn finding(&self) -> Finding {
        Finding::of(&self.received(), self.judgement.score)
    }

    fn received(&self) -> Received<Vec<u8>> {
        let answer = self.answer.as_ref().map(|text| text.clone().into_bytes());
        Received { miner: self.miner.clone(), answer, took: Duration::from_millis(self.took) }
    }
}
