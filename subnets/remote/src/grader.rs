use crate::contract::{
    written, AnswerToScore, ChallengeAsked, ChallengeReply, ScoreAsked, ScoreReply, CHALLENGE_PATH, MAX_KEY, SCORE_PATH,
};
use crate::{Program, ProgramError};
use subnet::{AnyRound, AnySubnet, GradeError, Judgement, Received, Seed, Spec};

/// Bytes of one judgement, its reason included.
const JUDGEMENT: usize = 1024;

/// Challenges that a program draws, and answers that it scores. All calls block.
pub struct RemoteSubnet(Program);

impl RemoteSubnet {
    pub fn new(program: Program) -> Self {
        Self(program)
    }
}

impl AnySubnet for RemoteSubnet {
    fn spec(&self) -> Spec {
        self.0.spec.clone()
    }

    fn challenge(&self, seed: Seed) -> Result<AnyRound, GradeError> {
        let Self(program) = self;
        let (patience, limit) = (program.patience.challenge, written(program.spec.max_challenge_bytes + MAX_KEY));
        let asked = ChallengeAsked { seed };
        let reply: ChallengeReply = program.wait(program.post(CHALLENGE_PATH, &asked, patience, limit))?;
        let challenge = serde_json::to_vec(&reply.challenge).map_err(|error| program.broken(error))?;
        let limit = program.spec.max_challenge_bytes;
        if challenge.len() > limit {
            return Err(program
                .broken(format!("a challenge has {} bytes and its spec allows {limit}", challenge.len()))
                .into());
        }
        Ok(AnyRound::of_bytes(challenge, reply))
    }

    /// A program cannot say which challenges of others it can judge.
    fn again(&self, _: &[u8], _: Seed) -> Option<AnyRound> {
        None
    }

    fn score(&self, round: &AnyRound, answers: &[Received<Vec<u8>>]) -> Result<Vec<Judgement>, GradeError> {
        let Self(program) = self;
        let ChallengeReply { challenge, key } =
            round.hidden().ok_or_else(|| GradeError("the round was drawn by another kind of subnet".into()))?;
        let limit = program.spec.max_answer_bytes;
        let answers: Vec<_> = answers.iter().map(|received| AnswerToScore::new(received, limit)).collect();
        if answers.iter().all(AnswerToScore::is_none) {
            return Ok(answers.iter().map(|_| Judgement::zero("no answer")).collect());
        }
        let (patience, limit) = (program.patience.score, written(answers.len() * JUDGEMENT));
        let asked = ScoreAsked { challenge, key, answers };
        let reply: ScoreReply = program.wait(program.post(SCORE_PATH, &asked, patience, limit))?;
        reply.checked(&asked.answers)
    }
}

impl From<ProgramError> for GradeError {
    fn from(error: ProgramError) -> Self {
        Self(error.to_string())
    }
}
