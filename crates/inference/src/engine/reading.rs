//! What a request wants to know about its prompt, gathered while the prompt passes through the decoder in parts.

use candle_core::{Result, Tensor};

use super::writer::choice;
use super::{Event, TokenChoice, DRAWING};
use crate::decoder::Decoder;
use crate::host;

/// Positions whose logits are computed at a time: bounds memory to `ROWS * vocabulary` floats.
const ROWS: usize = 64;

pub(super) enum Reading {
    Nothing,
    /// One entry for each token of the prompt but the first, so far, with so many alternatives.
    Logprobs {
        top: usize,
        choices: Vec<TokenChoice>,
    },
    /// The sum of the final hidden states so far, and of how many tokens.
    Embedding {
        sum: Vec<f32>,
        tokens: usize,
    },
}

impl Reading {
    /// Whether every position of the prompt has to pass through the decoder, so that no cached part can replace it.
    pub(super) fn is_wanted(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Whether no answer is wanted behind the prompt.
    pub(super) fn is_all(&self) -> bool {
        matches!(self, Self::Embedding { .. })
    }

    /// Takes the final hidden states `[rows, hidden]` of the positions from `first` on. Positions that were taken before
    /// change nothing, so a prompt may pass again.
    pub(super) fn read(&mut self, hidden: &Tensor, first: usize, prompt: &[u32], decoder: &Decoder) -> Result<()> {
        let end = prompt.len().min(first + hidden.dim(0)?);
        match self {
            Self::Nothing => Ok(()),
            Self::Logprobs { top, choices } => {
                let mut position = choices.len().max(first);
                // The last position says nothing about the prompt.
                let end = end.min(prompt.len() - 1);
                while position < end {
                    let rows = ROWS.min(end - position);
                    let logits = decoder.logits(hidden, position - first, rows)?;
                    choices.extend(choices_of(&logits, &prompt[position + 1..], *top));
                    position += rows;
                }
                Ok(())
            }
            Self::Embedding { sum, tokens } => {
                let new = (*tokens).max(first);
                if new < end {
                    let added: Vec<f32> = hidden.narrow(0, new - first, end - new)?.sum(0)?.to_vec1()?;
                    sum.resize(added.len(), 0.0);
                    sum.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
                    *tokens = end;
                }
                Ok(())
            }
        }
    }

    /// What to tell once the whole prompt was read.
    pub(super) fn finished(&mut self) -> Option<Event> {
        match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => None,
            Self::Logprobs { choices, .. } => Some(Event::Prompt(choices)),
            Self::Embedding { sum, tokens } => {
                Some(Event::Embedding(sum.into_iter().map(|value| value / tokens as f32).collect()))
            }
        }
    }
}

/// What each row of logits says about the token of the same place, and the likeliest `top` ones.
fn choices_of(logits: &[Vec<f32>], tokens: &[u32], top: usize) -> impl Iterator<Item = TokenChoice> {
    let mut choices = vec![None; logits.len()];
    let work = logits.iter().map(Vec::len).sum::<usize>() * DRAWING;
    let parts = choices.iter_mut().zip(logits.iter().zip(tokens)).collect();
    host::for_each(parts, work, |(place, (logits, token))| *place = Some(choice(logits, *token, top)));
    choices.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_of_many_rows_are_those_of_each_in_its_order() {
        // More than one thread takes.
        let logits = (0..64usize).map(|row| (0..4_000).map(|token| (token * row % 97) as f32 / 9.0).collect());
        let (logits, tokens) = (logits.collect::<Vec<Vec<f32>>>(), (0..64).collect::<Vec<u32>>());
        let expected = logits.iter().zip(&tokens).map(|(logits, token)| choice(logits, *token, 3));
        let expected = expected.collect::<Vec<_>>();
        assert_eq!(choices_of(&logits, &tokens, 3).collect::<Vec<_>>(), expected);
    }
}
