//! The laws that every subnet obeys, as one call to make in its tests.

use crate::{AnyRound, AnySolver, AnySubnet, GradeError, Received, Score, Seed, SolveError, Solver, Subnet};
use primitives::AccountId;
use std::time::Duration;

/// Rounds that are drawn and scored.
const ROUNDS: u8 = 3;
/// What every answer took: a grader may pay for speed, so all are equally fast.
const TOOK: Duration = Duration::from_millis(100);

/// The law that a subnet broke, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(String);

/// Checks `subnet` with `honest`, a solver that does the work as it is meant to be done:
///
/// - the same seed draws the same challenge, another seed another one;
/// - challenges and answers keep to the sizes that the spec names;
/// - there are as many scores as answers, the same each time, and no answer scores zero;
/// - the honest answer beats garbage, and beats an honest answer to another challenge;
/// - permuting answers permutes scores;
/// - a copy never beats the original.
pub async fn check<S, T>(subnet: &S, honest: &T) -> Result<(), Violation>
where
    S: Subnet,
    T: Solver<Subnet = S>,
{
    check_any(subnet, honest).await
}

/// [`check`] for a subnet and a solver of which only the bytes are known.
pub async fn check_any(subnet: &dyn AnySubnet, honest: &dyn AnySolver) -> Result<(), Violation> {
    let [mut stale, mut previous] = [None, None];
    for round in 0..ROUNDS {
        let round = draw(subnet, Seed([round; 32]))?;
        law(previous.as_ref() != Some(&round.challenge), "two seeds drew the same challenge")?;
        let answer = answer(honest, &miner(1), &round.challenge).await?;
        let size = answer.len();
        law(size <= subnet.spec().max_answer_bytes, "an honest answer is larger than the spec allows")?;
        check_scores(subnet, &round, &answer, stale.as_deref())?;
        (stale, previous) = (Some(answer), Some(round.challenge));
    }
    Ok(())
}

fn draw(subnet: &dyn AnySubnet, seed: Seed) -> Result<AnyRound, Violation> {
    let draw = || subnet.challenge(seed).map_err(broken);
    let [round, again] = [draw()?, draw()?];
    law(round.challenge == again.challenge, "the same seed drew two challenges")?;
    let limit = subnet.spec().max_challenge_bytes;
    law(round.challenge.len() <= limit, "a challenge is larger than the spec allows")?;
    Ok(round)
}

async fn answer(honest: &dyn AnySolver, hotkey: &AccountId, challenge: &[u8]) -> Result<Vec<u8>, Violation> {
    let failed = |error: SolveError| Violation(format!("the honest solver failed: {error}"));
    honest.solve(hotkey, challenge).await.map_err(failed)
}

/// Scores the honest answer among others: none, garbage, a copy by another miner and an answer to another challenge.
fn check_scores(
    subnet: &dyn AnySubnet,
    round: &AnyRound,
    honest: &[u8],
    stale: Option<&[u8]>,
) -> Result<(), Violation> {
    let given = [Some(honest), None, Some(b"garbage"), Some(b"{}"), Some(b"null"), Some(honest), stale];
    let answers: Vec<_> = (1..).zip(given).map(|(n, answer)| received(n, answer)).collect();
    let scores = scores(subnet, round, &answers)?;
    law(scores.len() == answers.len(), "there are not as many scores as answers")?;
    law(scores == self::scores(subnet, round, &answers)?, "the same answers scored differently a second time")?;
    let &[original, none, garbage, empty, null, copy, stale_score] = &scores[..] else {
        return Err(Violation("there are not as many scores as answers".into()));
    };
    law(none == Score::ZERO, "no answer did not score zero")?;
    law([garbage, empty, null].iter().all(|bad| original > *bad), "the honest answer did not beat garbage")?;
    law(stale.is_none() || original > stale_score, "the honest answer did not beat one to another challenge")?;
    law(copy <= original, "a copy beat the original")?;
    check_order(subnet, round, answers, scores)
}

fn check_order(
    subnet: &dyn AnySubnet,
    round: &AnyRound,
    mut answers: Vec<Received<Vec<u8>>>,
    mut scores: Vec<Score>,
) -> Result<(), Violation> {
    answers.reverse();
    scores.reverse();
    law(self::scores(subnet, round, &answers)? == scores, "permuting the answers did not permute the scores")?;
    law(self::scores(subnet, round, &[])?.is_empty(), "there are scores without answers")
}

fn scores(subnet: &dyn AnySubnet, round: &AnyRound, answers: &[Received<Vec<u8>>]) -> Result<Vec<Score>, Violation> {
    let judgements = subnet.score(round, answers).map_err(broken)?;
    Ok(judgements.into_iter().map(|judgement| judgement.score).collect())
}

fn broken(error: GradeError) -> Violation {
    Violation(format!("the grader failed: {error}"))
}

fn received(n: u8, answer: Option<&[u8]>) -> Received<Vec<u8>> {
    Received { miner: miner(n), answer: answer.map(<[u8]>::to_vec), took: TOOK }
}

fn miner(n: u8) -> AccountId {
    [n; 32].into()
}

fn law(holds: bool, violation: &str) -> Result<(), Violation> {
    match holds {
        true => Ok(()),
        false => Err(Violation(violation.into())),
    }
}
