//! Answers by other engines: vLLM, SGLang, the server of llama.cpp, or whatever speaks as one of them.
//!
//! Such an engine samples by its own noise, and a challenge demands ours. So it is asked what it holds for likely, some
//! positions ahead, while it goes on greedily; the draw is ours. Up to the first position where we draw another token than
//! the engine took, its further positions are about our answer; from there it is asked again, which its prefix cache makes
//! cheap. Where a token that the engine did not name could be the one to draw, it is asked for that position alone, with
//! the noise of all such tokens as biases of their logits.

mod dialect;
mod engine;
mod replicas;
mod walk;

pub use engine::BackendError;

use crate::solver::explain;
use crate::{spec, TextAnswer, TextChallenge, TextSubnet};
use engine::{Asked, Position};
use inference::{Generation, InferenceError, Model, Sampling};
use replicas::{Lease, Replicas};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use subnet::{AccountId, Report, SolveError, Solver, Spec};
use walk::{accept, Walk};

/// Answers by one or several engines that serve the same model.
pub struct BackendSolver {
    /// Only its tokenizer, its chat format and its id are used.
    model: Arc<Model>,
    replicas: Arc<Replicas>,
    /// Chosen where any token will do.
    end: u32,
    tokens: AtomicU64,
}

impl BackendSolver {
    /// `urls` are such as `http://127.0.0.1:8000`; each must serve `model`. Must be called within a tokio runtime, in which
    /// the engines are watched for as long as the solver lives.
    pub fn new(model: Arc<Model>, urls: &[String]) -> Result<Self, BackendError> {
        let replicas = Replicas::watched(urls)?;
        let end = (0..model.vocab_size() as u32).find(|token| model.is_end(*token)).unwrap_or_default();
        Ok(Self { model, replicas, end, tokens: AtomicU64::new(0) })
    }

    /// An engine that fails is left for another one, once; the only one is tried once more if it works again.
    async fn answer(&self, prompt: Vec<u32>, sampling: &Sampling) -> Result<Walk, SolveError> {
        let room = self.model.context_length().saturating_sub(prompt.len());
        let (mut walk, mut lease) =
            (Walk::new(prompt, sampling.max_tokens.min(room)), self.replicas.lease(None).await?);
        let Err(first) = self.advance(&lease, &mut walk, sampling).await else { return Ok(walk) };
        if first.is_final() {
            return Err(first.into());
        }
        lease.failed(&first);
        lease = self.replicas.lease(Some(lease)).await.map_err(|_| SolveError::from(first))?;
        match self.advance(&lease, &mut walk, sampling).await {
            Ok(()) => Ok(walk),
            Err(second) => {
                lease.failed(&second);
                Err(second.into())
            }
        }
    }

    /// Goes on with an answer until it ends.
    async fn advance(&self, lease: &Lease, walk: &mut Walk, sampling: &Sampling) -> Result<(), BackendError> {
        while !walk.is_over() {
            let tokens = walk.context();
            let asked = Asked { tokens: &tokens, positions: walk.ahead(), biases: &[] };
            let mut positions = lease.ask(&asked).await?;
            if positions.is_empty() {
                positions = self.look(lease, &tokens).await?;
            }
            let accepted = accept(&self.model, sampling, walk.written(), &positions);
            walk.extend(&accepted.tokens, |token| self.model.is_end(token));
            if !accepted.biases.is_empty() {
                walk.push(self.settle(lease, walk, &accepted.biases).await?, |token| self.model.is_end(token));
            } else if accepted.tokens.is_empty() {
                return Err(lease.unusable("it names no token with a probability".into()));
            }
        }
        Ok(())
    }

    /// The next position alone, of an engine that did not tell which of its tokens stands where: one that shows whole
    /// characters only hides the tokens that are parts of one, so that it has to be made to choose another.
    async fn look(&self, lease: &Lease, tokens: &[u32]) -> Result<Vec<Position>, BackendError> {
        let biases = [(self.end, 100.0)];
        let positions = lease.ask(&Asked { tokens, positions: 1, biases: &biases }).await?;
        match positions.len() {
            1 => Ok(positions),
            _ => Err(lease.unusable("it gives no probabilities for the next token".into())),
        }
    }

    /// The token to draw next, which the engine finds among all.
    async fn settle(&self, lease: &Lease, walk: &Walk, biases: &[(u32, f32)]) -> Result<(u32, f32), BackendError> {
        let tokens = walk.context();
        let positions = lease.ask(&Asked { tokens: &tokens, positions: 1, biases }).await?;
        let found = positions.first().and_then(Position::of_chosen);
        found.filter(|(token, _)| biases.iter().any(|(biased, _)| biased == token)).ok_or_else(|| {
            lease.unusable("it does not heed logit_bias, without which no answer of it would verify".into())
        })
    }
}

impl Solver for BackendSolver {
    type Subnet = TextSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: TextChallenge) -> Result<TextAnswer, SolveError> {
        challenge.validate()?;
        let prompt = self.model.encode_chat(&challenge.messages).map_err(explain)?;
        let (tokens, context) = (prompt.len(), self.model.context_length());
        if prompt.is_empty() || tokens >= context {
            return Err(explain(InferenceError::PromptTooLong { tokens, context }));
        }
        let walk = self.answer(prompt, &challenge.sampling(hotkey)).await?;
        self.tokens.fetch_add(walk.written() as u64, Ordering::Relaxed);
        let (tokens, logprobs, finish) = walk.finish();
        let text = self.model.decode(&tokens).map_err(explain)?;
        let generation = Generation { tokens, logprobs, text, finish, commitments: Vec::new() };
        Ok(TextAnswer::new(self.model.id(), generation))
    }

    fn report(&self) -> Report {
        Report { tokens: self.tokens.load(Ordering::Relaxed), engines: self.replicas.report(), ..Report::default() }
    }
}
