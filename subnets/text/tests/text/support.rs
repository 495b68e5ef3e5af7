use inference::{damage, DeviceChoice, Limits, Model};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_text::adversary::Forger;
use subnet_text::{ModelSolver, TextAnswer, TextChallenge, TextSubnet};

pub const FOLDER: &str = "../../models/tiny";

pub fn model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    MODEL.get_or_init(|| load(FOLDER.as_ref())).clone()
}

pub fn load(folder: &Path) -> Arc<Model> {
    Arc::new(Model::load(folder, DeviceChoice::Cpu).unwrap())
}

/// The shipped model with every weight off by `noise` of itself.
pub fn damaged(noise: f64) -> Arc<Model> {
    let folder = tempfile::tempdir().unwrap();
    damage(FOLDER.as_ref(), folder.path(), noise, 1).unwrap();
    load(folder.path())
}

pub fn dave() -> AccountId {
    [4; 32].into()
}

pub fn eve() -> AccountId {
    [5; 32].into()
}

pub fn challenge(seed: u8) -> TextChallenge {
    TextSubnet::new(model()).challenge(Seed([seed; 32])).unwrap().0
}

pub async fn answer(model: Arc<Model>, hotkey: &AccountId, challenge: &TextChallenge) -> TextAnswer {
    ModelSolver::new(model, Limits::default()).solve(hotkey, challenge.clone()).await.unwrap()
}

/// A challenge of the subnet's own and Dave's honest answer to it, long enough that chance plays no part.
pub async fn honest() -> (TextChallenge, TextAnswer) {
    for seed in 0..=u8::MAX {
        let challenge = challenge(seed);
        let answer = answer(model(), &dave(), &challenge).await;
        if answer.tokens.len() >= 24 {
            return (challenge, answer);
        }
    }
    panic!("the model answers none of 256 challenges at length");
}

/// `answer` as a cheat would pass it off: with the right model id, the text of its tokens, the true logprobs and the true
/// commitments.
pub fn forged(challenge: &TextChallenge, answer: TextAnswer) -> TextAnswer {
    let dressed = Forger(model()).dress(&dave(), challenge, answer.tokens).unwrap();
    TextAnswer { finish: answer.finish, ..dressed }
}
