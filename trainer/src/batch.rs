//! Windows of tokens: running text, and conversations in the chat format.

use anyhow::ensure;
use candle_core::{Device, Tensor};
use rand_chacha::rand_core::RngCore;
use rand_chacha::ChaCha8Rng;
use tokenizers::Tokenizer;

use crate::corpus::{turns, Corpus};
use crate::tokenizer::{encode, special, ASSISTANT, END, USER};

/// `[batch, context]` token ids and, one position later, what should have been predicted.
pub struct Batch {
    pub inputs: Tensor,
    /// Flat, `[batch * context]`.
    pub targets: Tensor,
}

/// Both parts of the corpus as tokens.
pub struct Dataset {
    pub train: Part,
    pub held_out: Part,
    context: usize,
    chat_share: f64,
}

/// One part of the corpus as tokens.
pub struct Part {
    plain: Vec<u32>,
    turns: Vec<TurnTokens>,
    pub bytes: usize,
}

/// A paragraph in both roles, special tokens included.
struct TurnTokens {
    user: Vec<u32>,
    assistant: Vec<u32>,
}

impl Dataset {
    pub fn new(corpus: &Corpus, tokenizer: &Tokenizer, context: usize, chat_share: f64) -> anyhow::Result<Self> {
        let train = Part::new(&corpus.train, tokenizer)?;
        let held_out = Part::new(&corpus.held_out, tokenizer)?;
        ensure!(
            held_out.plain.len() > context,
            "the held-out text has {} tokens, fewer than one window: give more text or a larger --held-out",
            held_out.plain.len()
        );
        Ok(Self { train, held_out, context, chat_share })
    }

    /// Windows drawn at random from the training part.
    pub fn draw(&self, windows: usize, rng: &mut ChaCha8Rng) -> anyhow::Result<Batch> {
        let drawn = (0..windows).map(|_| self.window(rng)).collect::<Vec<_>>();
        stack(&drawn)
    }

    /// The held-out running text cut into consecutive windows, `windows` per batch.
    pub fn held_out_text(&self, windows: usize) -> anyhow::Result<Vec<Batch>> {
        let starts = (0..self.held_out.plain.len().saturating_sub(self.context)).step_by(self.context);
        let all = starts.map(|start| self.held_out.plain[start..=start + self.context].to_vec()).collect::<Vec<_>>();
        all.chunks(windows).map(stack).collect()
    }

    /// Held-out conversations that start at evenly spaced turns.
    pub fn held_out_chat(&self, windows: usize) -> anyhow::Result<Vec<Batch>> {
        const CONVERSATIONS: usize = 64;
        let turns = self.held_out.turns.len();
        let starts = (0..turns).step_by((turns / CONVERSATIONS).max(1));
        let all = starts.map(|start| self.held_out.conversation(start, self.context + 1)).collect::<Vec<_>>();
        all.chunks(windows).map(stack).collect()
    }

    fn window(&self, rng: &mut ChaCha8Rng) -> Vec<u32> {
        let chat = (rng.next_u32() as f64) < self.chat_share * f64::from(u32::MAX);
        if chat && !self.train.turns.is_empty() {
            return self.train.conversation(below(rng, self.train.turns.len()), self.context + 1);
        }
        let start = below(rng, self.train.plain.len() - self.context);
        self.train.plain[start..=start + self.context].to_vec()
    }
}

impl Part {
    fn new(text: &str, tokenizer: &Tokenizer) -> anyhow::Result<Self> {
        let [end, user, assistant] =
            [special(tokenizer, END)?, special(tokenizer, USER)?, special(tokenizer, ASSISTANT)?];
        let message = |role: u32, content: &str| -> anyhow::Result<Vec<u32>> {
            Ok([vec![role], encode(tokenizer, content)?, vec![end]].concat())
        };
        let turns = turns(text)
            .iter()
            .map(|turn| {
                let assistant = message(assistant, &turn.with_speaker())?;
                Ok(TurnTokens { user: message(user, turn.speech)?, assistant })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { plain: encode(tokenizer, text)?, turns, bytes: text.len() })
    }

    pub fn plain_tokens(&self) -> usize {
        self.plain.len()
    }

    /// Alternating turns from `start` on, around the end of the text if needed, cut at `length` tokens.
    fn conversation(&self, start: usize, length: usize) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(length);
        for (step, turn) in self.turns.iter().cycle().skip(start).enumerate() {
            tokens.extend(if step % 2 == 0 { &turn.user } else { &turn.assistant });
            if tokens.len() >= length {
                break;
            }
        }
        tokens.truncate(length);
        tokens
    }
}

fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    (rng.next_u64() % bound as u64) as usize
}

/// Windows of `context + 1` tokens as inputs and targets.
fn stack(windows: &[Vec<u32>]) -> anyhow::Result<Batch> {
    let context = windows[0].len() - 1;
    let inputs = windows.iter().flat_map(|window| &window[..context]).copied().collect::<Vec<_>>();
    let targets = windows.iter().flat_map(|window| &window[1..]).copied().collect::<Vec<_>>();
    let count = targets.len();
    Ok(Batch {
        inputs: Tensor::from_vec(inputs, (windows.len(), context), &Device::Cpu)?,
        targets: Tensor::from_vec(targets, count, &Device::Cpu)?,
    })
}
