use crate::answer::FEWEST_ADDITIONS;
use crate::{Answer, Challenge};
use std::time::Duration;
use subnet::{GradeError, Judgement, Received, Score, Seed, Spec, Subnet};

pub fn spec() -> Spec {
    Spec {
        name: "template".into(),
        version: 1,
        deadline: Duration::from_secs(4),
        max_challenge_bytes: 256,
        max_answer_bytes: 4 * 1024,
    }
}

/// Draws a nonce and counts the additions of what comes back.
pub struct TemplateSubnet;

impl Subnet for TemplateSubnet {
    type Challenge = Challenge;
    type Answer = Answer;
    /// Nothing is hidden: whoever has a chain can check it.
    type Key = ();

    fn spec(&self) -> Spec {
        spec()
    }

    fn challenge(&self, seed: Seed) -> Result<(Challenge, ()), GradeError> {
        let nonce = format!("{:016x}", seed.draw().below(usize::MAX));
        Ok((Challenge { nonce }, ()))
    }

    fn score(&self, challenge: &Challenge, _: &(), answers: &[Received<Answer>]) -> Result<Vec<Judgement>, GradeError> {
        Ok(answers.iter().map(|received| judge(challenge, received)).collect())
    }
}

/// One for as many additions as a power of two needs, zero for twice as many, and evenly between them.
fn judge(challenge: &Challenge, received: &Received<Answer>) -> Judgement {
    let Some(answer) = &received.answer else { return Judgement::zero("no answer") };
    match answer.additions(challenge.target(&received.miner)) {
        Ok(additions) => {
            let score = 2.0 - additions as f32 / FEWEST_ADDITIONS as f32;
            Judgement::new(
                Score::new(score),
                format!("{additions} additions; none needs fewer than {FEWEST_ADDITIONS}"),
            )
        }
        Err(fault) => Judgement::zero(fault.to_string()),
    }
}
