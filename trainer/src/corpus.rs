//! The training text, split for measuring and cut into passages.

use anyhow::ensure;

/// Longest passage, in bytes: replies should end well before a usual token limit.
const MAX_PASSAGE_BYTES: usize = 320;

/// The two parts of a text.
pub struct Corpus {
    pub train: String,
    pub held_out: String,
}

impl Corpus {
    /// Keeps the last `held_out` share of the text, from a paragraph on, for measuring.
    pub fn new(text: &str, held_out: f64) -> anyhow::Result<Self> {
        let text = text.replace("\r\n", "\n");
        let wanted = (text.len() as f64 * (1.0 - held_out)) as usize;
        let cut = text.match_indices("\n\n").map(|(at, _)| at + 2).find(|at| *at >= wanted);
        let cut = cut.or_else(|| text.match_indices('\n').map(|(at, _)| at + 1).find(|at| *at >= wanted));
        let (train, held_out) = text.split_at(cut.unwrap_or(text.len()));
        ensure!(
            train.len() >= 10_000 && held_out.len() >= 500,
            "the text is too short or has no line breaks to split it at: {} bytes to train on and {} to measure with",
            train.len(),
            held_out.len()
        );
        Ok(Self { train: train.into(), held_out: held_out.into() })
    }
}

/// The paragraphs of a text in order; a long one becomes several passages of whole sentences.
pub fn passages(text: &str) -> Vec<&str> {
    text.split("\n\n").flat_map(|paragraph| cut(paragraph.trim())).collect()
}

/// Cuts a paragraph after sentences; a sentence that is too long is left out.
fn cut(mut paragraph: &str) -> Vec<&str> {
    let mut passages = Vec::new();
    while !paragraph.is_empty() {
        let end = sentences(paragraph).take_while(|end| *end <= MAX_PASSAGE_BYTES).last();
        let (passage, rest) = paragraph.split_at(end.or(sentences(paragraph).next()).unwrap_or(paragraph.len()));
        if passage.len() <= MAX_PASSAGE_BYTES {
            passages.push(passage.trim());
        }
        paragraph = rest.trim_start();
    }
    passages
}

/// Where sentences end: after a sign that a space or nothing follows.
fn sentences(text: &str) -> impl Iterator<Item = usize> + '_ {
    let ends = text.match_indices(['.', '!', '?']).map(|(at, _)| at + 1);
    ends.filter(|end| text[*end..].chars().next().is_none_or(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_are_short_and_end_after_a_sentence() {
        let text = format!("{}\n\nA short one.\n\n\n\n{}", "Words, words, words. ".repeat(100), "no end ".repeat(100));
        let passages = passages(&text);
        assert!(passages.len() > 6 && passages.contains(&"A short one."));
        assert!(
            passages.iter().all(|passage| passage.len() <= MAX_PASSAGE_BYTES && passage.ends_with('.')),
            "{passages:?}"
        );
    }

    #[test]
    fn the_split_falls_between_two_paragraphs() {
        let corpus = Corpus::new(&"A line of text.\n\n".repeat(1000), 0.1).unwrap();
        assert!(corpus.train.ends_with("\n\n") && corpus.held_out.starts_with('A'));
        assert!(Corpus::new("too short", 0.1).is_err());
    }
}
