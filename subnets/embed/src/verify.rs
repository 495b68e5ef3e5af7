use crate::{cosine, EmbedAnswer, EmbedChallenge, EmbedError, Encoder, Vector};
use subnet::{AccountId, Draw};

/// Vectors of an answer that are computed again.
pub const SAMPLE: usize = 4;
/// The most that one minus the cosine between a vector and the one computed again may be: a vector that is 0.004 % off.
/// 32-bit arithmetic in another order stays far below; weights as 16-bit floats, bfloat16, 8 bits and any other text lie
/// above. Measured in `docs/embed.md`.
pub const MAX_DISTANCE: f64 = 1e-9;
/// How far from 1 the length of a vector may lie.
const MAX_LENGTH_ERROR: f64 = 1e-3;

/// Why an answer is worth nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    #[error("it is from the model {0}, not from the validator's: run the model that the subnet names")]
    OtherModel(String),
    #[error("it has {found} vectors for {expected} texts")]
    Count { found: usize, expected: usize },
    #[error("vector {0} has not the model's dimensions, or not the length 1")]
    Shape(usize),
    #[error("vector {text} is {distance:.1e} away from what the model gives this miner, and at most {limit:e} is right", limit = MAX_DISTANCE)]
    Far { text: usize, distance: f64 },
}

/// Checks the form of all vectors, and computes those again that `draw` chooses.
pub fn verify(
    encoder: &Encoder,
    miner: &AccountId,
    challenge: &EmbedChallenge,
    answer: &EmbedAnswer,
    draw: Draw,
) -> Result<Option<Fault>, EmbedError> {
    if let Some(fault) = form(encoder, challenge, answer) {
        return Ok(Some(fault));
    }
    let (salted, chosen) = (challenge.salted(miner), sample(draw, challenge.texts.len()));
    let texts: Vec<_> = chosen.iter().map(|text| salted[*text].clone()).collect();
    let expected = encoder.encode(&texts)?;
    let distances =
        chosen.iter().zip(expected).map(|(text, own)| (*text, 1.0 - cosine(&own, &answer.vectors[*text].0)));
    // Written so that what is no number is far.
    let near = |distance: f64| distance <= MAX_DISTANCE;
    let far = distances.into_iter().find(|(_, distance)| !near(*distance));
    Ok(far.map(|(text, distance)| Fault::Far { text, distance }))
}

fn form(encoder: &Encoder, challenge: &EmbedChallenge, answer: &EmbedAnswer) -> Option<Fault> {
    if answer.model != encoder.id() {
        return Some(Fault::OtherModel(answer.model.chars().filter(char::is_ascii_hexdigit).take(12).collect()));
    }
    let (found, expected) = (answer.vectors.len(), challenge.texts.len());
    if found != expected {
        return Some(Fault::Count { found, expected });
    }
    let is_sound = |Vector(numbers): &Vector| {
        let length = numbers.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        numbers.len() == encoder.dimensions() && (length - 1.0).abs() <= MAX_LENGTH_ERROR
    };
    answer.vectors.iter().position(|vector| !is_sound(vector)).map(Fault::Shape)
}

/// [`SAMPLE`] different numbers below `texts`, or all of them.
fn sample(mut draw: Draw, texts: usize) -> Vec<usize> {
    let mut left: Vec<_> = (0..texts).collect();
    (0..SAMPLE.min(texts)).map(|_| left.swap_remove(draw.below(left.len()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use subnet::Seed;

    #[test]
    fn a_sample_reaches_every_text_and_takes_none_twice() {
        let samples: Vec<_> = (0..100).map(|n| sample(Seed([n; 32]).draw(), 16)).collect();
        assert!(samples.iter().all(|sample| sample.iter().collect::<BTreeSet<_>>().len() == SAMPLE));
        assert_eq!(samples.iter().flatten().collect::<BTreeSet<_>>().len(), 16);
        assert_eq!(sample(Seed([1; 32]).draw(), 2).into_iter().collect::<BTreeSet<_>>().len(), 2);
    }
}
