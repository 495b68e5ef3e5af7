//! The training text, split for measuring and cut into the turns of a conversation.

use anyhow::ensure;

/// Longest turn of a conversation, in bytes: replies should end well before a usual token limit.
const MAX_TURN_BYTES: usize = 320;

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

/// One paragraph: what is said and, in a play, who says it.
#[derive(Debug, PartialEq, Eq)]
pub struct Turn<'a> {
    /// The first line of the paragraph if it is a name followed by a colon.
    pub speaker: Option<&'a str>,
    pub speech: &'a str,
}

impl Turn<'_> {
    /// The paragraph as it stands in the play.
    pub fn with_speaker(&self) -> String {
        match self.speaker {
            Some(speaker) => format!("{speaker}:\n{}", self.speech),
            None => self.speech.into(),
        }
    }
}

/// The paragraphs of a text in order, long ones cut after a sentence.
pub fn turns(text: &str) -> Vec<Turn<'_>> {
    text.split("\n\n").filter_map(turn).collect()
}

fn turn(paragraph: &str) -> Option<Turn<'_>> {
    let paragraph = paragraph.trim();
    let (speaker, speech) = match paragraph.split_once(":\n") {
        Some((name, speech)) if !name.contains('\n') => (Some(name), speech),
        _ => (None, paragraph),
    };
    let speech = shorten(speech.trim());
    (!speech.is_empty()).then_some(Turn { speaker, speech })
}

/// The longest run of whole sentences within the limit, or nothing if the first sentence is longer.
fn shorten(speech: &str) -> &str {
    if speech.len() <= MAX_TURN_BYTES {
        return speech;
    }
    let ends = speech.match_indices(['.', '!', '?']).map(|(at, _)| at + 1);
    let end = ends.take_while(|end| *end <= MAX_TURN_BYTES).last().unwrap_or(0);
    &speech[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_with_a_name_becomes_a_turn_with_a_speaker() {
        let turns = turns("ROMEO:\nGood morrow.\nIs it day?\n\nJust prose: with a colon.\n\n\n");
        assert_eq!(turns[0], Turn { speaker: Some("ROMEO"), speech: "Good morrow.\nIs it day?" });
        assert_eq!(turns[0].with_speaker(), "ROMEO:\nGood morrow.\nIs it day?");
        assert_eq!(turns[1], Turn { speaker: None, speech: "Just prose: with a colon." });
        assert_eq!(turns.len(), 2);
    }

    #[test]
    fn a_long_turn_ends_after_a_sentence() {
        let long = "Words, words, words. ".repeat(100);
        let turns = turns(&long);
        assert!(turns[0].speech.len() <= MAX_TURN_BYTES && turns[0].speech.ends_with('.'));
    }

    #[test]
    fn the_split_falls_between_two_paragraphs() {
        let corpus = Corpus::new(&"A line of text.\n\n".repeat(1000), 0.1).unwrap();
        assert!(corpus.train.ends_with("\n\n") && corpus.held_out.starts_with('A'));
        assert!(Corpus::new("too short", 0.1).is_err());
    }
}
