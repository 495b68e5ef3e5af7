use crate::solver::embed;
use crate::{spec, EmbedAnswer, EmbedChallenge, EmbedSubnet, Encoder, Vector};
use std::sync::Arc;
use subnet::{AccountId, SolveError, Solver, Spec};

/// A way to be paid for what was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cheat {
    /// Runs another model under the name of the one that was asked for.
    OtherModel,
    /// Hands on what another miner answered. A relay to another miner does the same.
    Copied,
    /// Embeds the texts without its own words, which would do for all its seats.
    Unsalted,
    /// Answers what was asked before the challenge was known.
    Prepared,
    /// Puts the right vectors to the wrong texts.
    Shifted,
    /// Gives the first text's vector for all.
    Constant,
    /// Gives random directions.
    Random,
    /// Gives the right vectors in steps of a 127th of their largest number.
    Rounded,
    /// Computes half of the vectors and repeats them.
    Half,
    /// Leaves out one vector of all and gives another one in its place.
    LeftOut,
}

impl Cheat {
    pub const ALL: [Self; 10] = [
        Self::OtherModel,
        Self::Copied,
        Self::Unsalted,
        Self::Prepared,
        Self::Shifted,
        Self::Constant,
        Self::Random,
        Self::Rounded,
        Self::Half,
        Self::LeftOut,
    ];
}

/// Cheats in one way.
pub struct Cheater {
    cheat: Cheat,
    encoder: Arc<Encoder>,
    claimed: String,
    victim: AccountId,
}

impl Cheater {
    /// `encoder` runs and `claimed` is named. What is copied is the answer of `victim`.
    pub fn new(cheat: Cheat, encoder: Arc<Encoder>, claimed: &Encoder, victim: AccountId) -> Self {
        Self { cheat, encoder, claimed: claimed.id().to_owned(), victim }
    }

    /// What is embedded, whether it is all needed or not.
    fn texts(&self, hotkey: &AccountId, challenge: &EmbedChallenge) -> Vec<String> {
        match self.cheat {
            Cheat::Copied => challenge.salted(&self.victim),
            Cheat::Unsalted => challenge.texts.clone(),
            Cheat::Prepared => EmbedChallenge { nonce: "the last one".into(), ..challenge.clone() }.salted(hotkey),
            _ => challenge.salted(hotkey),
        }
    }

    fn forge(&self, vectors: &mut [Vector]) {
        let count = vectors.len();
        match self.cheat {
            Cheat::Shifted => vectors.rotate_left(1),
            Cheat::Constant => vectors.fill(vectors[0].clone()),
            Cheat::Random => vectors.iter_mut().enumerate().for_each(|(n, Vector(numbers))| scramble(numbers, n)),
            Cheat::Rounded => vectors.iter_mut().for_each(|Vector(numbers)| round(numbers)),
            Cheat::Half => (count / 2..count).for_each(|n| vectors[n] = vectors[n - count / 2].clone()),
            Cheat::LeftOut => vectors[count - 1] = vectors[0].clone(),
            Cheat::OtherModel | Cheat::Copied | Cheat::Unsalted | Cheat::Prepared => {}
        }
    }
}

impl Solver for Cheater {
    type Subnet = EmbedSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: EmbedChallenge) -> Result<EmbedAnswer, SolveError> {
        challenge.validate()?;
        let mut vectors = embed(&self.encoder, self.texts(hotkey, &challenge)).await?.vectors;
        self.forge(&mut vectors);
        Ok(EmbedAnswer { model: self.claimed.clone(), vectors })
    }
}

/// The same numbers in another order with other signs: as long as before, and pointing elsewhere.
fn scramble(numbers: &mut [f32], n: usize) {
    numbers.rotate_right(1 + n);
    numbers.iter_mut().skip(n % 2).step_by(2).for_each(|number| *number = -*number);
}

fn round(numbers: &mut [f32]) {
    let step = numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs())) / 127.0;
    numbers.iter_mut().for_each(|number| *number = (*number / step).round() * step);
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.iter_mut().for_each(|number| *number /= length);
}
