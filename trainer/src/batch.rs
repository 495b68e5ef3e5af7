//! Windows of tokens in the chat format, and which of them the loss is taken of.

use candle_core::{Device, Tensor};
use tokenizers::Tokenizer;

use crate::exchange::Exchange;
use crate::tokenizer::{encode, special, ASSISTANT, END, SYSTEM, USER};

/// `[batch, length]` token ids and what should follow some of them.
pub struct Batch {
    pub inputs: Tensor,
    /// Places among the flattened inputs after which the loss counts the next token.
    pub rows: Tensor,
    /// The next token at each of these places.
    pub targets: Vec<u32>,
}

/// Tokens, each with whether the model is to learn to say it.
pub type Window = Vec<(u32, bool)>;

/// Writes conversations as tokens.
pub struct Writer<'a> {
    pub tokenizer: &'a Tokenizer,
    end: u32,
    user: u32,
    assistant: u32,
    system: u32,
}

impl<'a> Writer<'a> {
    pub fn new(tokenizer: &'a Tokenizer) -> anyhow::Result<Self> {
        let [end, user, assistant, system] = [END, USER, ASSISTANT, SYSTEM].map(|token| special(tokenizer, token));
        Ok(Self { tokenizer, end: end?, user: user?, assistant: assistant?, system: system? })
    }

    /// What the assistant says counts, its end included.
    pub fn exchange(&self, exchange: &Exchange, window: &mut Window) -> anyhow::Result<()> {
        self.message(self.user, &exchange.question, false, window)?;
        self.message(self.assistant, &exchange.answer, true, window)
    }

    pub fn system(&self, content: &str, window: &mut Window) -> anyhow::Result<()> {
        self.message(self.system, content, false, window)
    }

    /// A text without roles, all of which counts.
    pub fn text(&self, text: &str) -> anyhow::Result<Window> {
        Ok(encode(self.tokenizer, text)?.into_iter().map(|token| (token, true)).collect())
    }

    /// A question up to where its answer begins.
    pub fn question(&self, question: &str) -> anyhow::Result<Vec<u32>> {
        Ok([vec![self.user], encode(self.tokenizer, question)?, vec![self.end, self.assistant]].concat())
    }

    pub fn end(&self) -> u32 {
        self.end
    }

    fn message(&self, role: u32, content: &str, counts: bool, window: &mut Window) -> anyhow::Result<()> {
        window.push((role, false));
        window.extend(encode(self.tokenizer, content)?.into_iter().map(|token| (token, counts)));
        window.push((self.end, counts));
        Ok(())
    }
}

/// Windows as one batch; shorter ones are filled up with what does not count. At least one token counts.
pub fn stack(windows: &[Window]) -> anyhow::Result<Batch> {
    let length = windows.iter().map(Vec::len).max().unwrap_or_default().saturating_sub(1);
    let (mut inputs, mut rows, mut targets) = (Vec::with_capacity(windows.len() * length), Vec::new(), Vec::new());
    for window in windows {
        for at in 0..length {
            if let Some((target, true)) = window.get(at + 1) {
                rows.push(inputs.len() as u32);
                targets.push(*target);
            }
            inputs.push(window.get(at).map_or(0, |(token, _)| *token));
        }
    }
    let rows = Tensor::from_vec(rows, targets.len(), &Device::Cpu)?;
    Ok(Batch { inputs: Tensor::from_vec(inputs, (windows.len(), length), &Device::Cpu)?, rows, targets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_assistant_says_and_its_end_count() {
        let tokenizer = crate::tokenizer::train(["Is it day? No, night. "; 20].into_iter(), 300).unwrap();
        let writer = Writer::new(&tokenizer).unwrap();
        let mut window = Window::new();
        writer.system("Be kind.", &mut window).unwrap();
        writer.exchange(&Exchange::new("Is it day?", "No, night."), &mut window).unwrap();
        let counted = window.iter().filter(|(_, counts)| *counts).map(|(token, _)| *token).collect::<Vec<_>>();
        assert_eq!(counted, [encode(&tokenizer, "No, night.").unwrap(), vec![writer.end()]].concat());
    }

    #[test]
    fn a_short_window_is_filled_up_with_what_does_not_count() {
        let long = (1..=5).map(|token| (token, true)).collect::<Window>();
        let batch = stack(&[long, vec![(7, false), (8, true)]]).unwrap();
        assert_eq!(batch.inputs.to_vec2::<u32>().unwrap(), [[1, 2, 3, 4], [7, 8, 0, 0]]);
        assert_eq!((batch.rows.to_vec1::<u32>().unwrap(), batch.targets), (vec![0, 1, 2, 3, 4], vec![2, 3, 4, 5, 8]));
    }
}
