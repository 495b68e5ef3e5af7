use super::{Cheat, Cheater};
use crate::{spec, ModelSolver, TextAnswer, TextChallenge, TextSubnet, CHAT_TEMPERATURE, DEFAULT_TOKENS};
use inference::{Limits, Model};
use std::sync::Arc;
use subnet::{AccountId, SolveError, Solver, Spec};

/// Serves validators well and apps badly: one token over and over, properly dressed, for whatever asks for the length and the
/// temperature of apps that name none.
pub struct TwoFaced {
    honest: ModelSolver,
    careless: Cheater,
}

impl TwoFaced {
    pub fn new(model: Arc<Model>, hotkey: AccountId) -> Self {
        let honest = ModelSolver::new(model.clone(), Limits::default());
        Self { honest, careless: Cheater::new(Cheat::Constant, model.clone(), model, hotkey) }
    }

    /// Whether an app may have sent it.
    pub fn takes_for_an_apps(challenge: &TextChallenge) -> bool {
        challenge.max_tokens == DEFAULT_TOKENS && [1.0, CHAT_TEMPERATURE].contains(&challenge.temperature)
    }
}

impl Solver for TwoFaced {
    type Subnet = TextSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: TextChallenge) -> Result<TextAnswer, SolveError> {
        if Self::takes_for_an_apps(&challenge) {
            self.careless.solve(hotkey, challenge).await
        } else {
            self.honest.solve(hotkey, challenge).await
        }
    }
}
