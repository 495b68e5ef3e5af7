use crate::contract::{
    written, AnswerToScore, ChallengeAsked, ChallengeReply, ScoreAsked, ScoreReply, CHALLENGE_PATH, MAX_KEY, NO_ANSWER,
    SCORE_PATH,
};
use crate::{Program, ProgramError};
use std::slice::from_ref;
use std::time::{Duration, Instant};
use subnet::{AnyRound, AnySubnet, GradeError, Judgement, Received, Seed, Spec};
use tracing::warn;

/// Bytes of one judgement, its reason included.
const JUDGEMENT: usize = 1024;
const REFUSED: &str = "the scorer refused this answer";

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
        let drawn = round.hidden().ok_or_else(|| GradeError("the round was drawn by another kind of subnet".into()))?;
        let limit = program.spec.max_answer_bytes;
        let answers: Vec<_> = answers.iter().map(|received| AnswerToScore::new(received, limit)).collect();
        if answers.iter().all(AnswerToScore::is_none) {
            return Ok(answers.iter().map(|_| Judgement::zero(NO_ANSWER)).collect());
        }
        Ok(match self.judge(drawn, &answers, program.patience.score) {
            Err(error) if error.is_a_reply() && answers.len() > 1 => self.judge_each(drawn, &answers, error)?,
            outcome => outcome?,
        })
    }
}

impl RemoteSubnet {
    fn judge(
        &self,
        ChallengeReply { challenge, key }: &ChallengeReply,
        answers: &[AnswerToScore],
        patience: Duration,
    ) -> Result<Vec<Judgement>, ProgramError> {
        let Self(program) = self;
        let asked = ScoreAsked { challenge, key, answers };
        let limit = written(answers.len() * JUDGEMENT);
        let reply: ScoreReply = program.wait(program.post(SCORE_PATH, &asked, patience, limit))?;
        reply.checked(answers).map_err(|reason| program.broken(reason))
    }

    /// Each answer by itself, where together they made the program fail with `error`: an answer on which it fails again is
    /// worth nothing, so that one miner cannot void a round for everybody. Where it fails on all, that is its own fault.
    fn judge_each(
        &self,
        drawn: &ChallengeReply,
        answers: &[AnswerToScore],
        error: ProgramError,
    ) -> Result<Vec<Judgement>, ProgramError> {
        let end = Instant::now() + self.0.patience.score;
        let mut judgements = Vec::new();
        let (mut scored, mut refused) = (0, 0);
        for answer in answers {
            let left = end.saturating_duration_since(Instant::now());
            let judged = match answer.is_none() {
                true => Ok(vec![Judgement::zero(NO_ANSWER)]),
                false => self.judge(drawn, from_ref(answer), left).inspect(|_| scored += 1),
            };
            match judged {
                Ok(judged) => judgements.extend(judged),
                Err(error) if error.is_a_reply() => {
                    refused += 1;
                    judgements.push(Judgement::zero(REFUSED));
                }
                Err(error) => return Err(error),
            }
        }
        if scored == 0 {
            return Err(error);
        }
        warn!("the program fails on all answers together, and on {refused} of them alone: {error}");
        Ok(judgements)
    }
}

impl From<ProgramError> for GradeError {
    fn from(error: ProgramError) -> Self {
        Self(error.to_string())
    }
}
