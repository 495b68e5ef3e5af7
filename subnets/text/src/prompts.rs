//! Conversations that a validator asks to be continued: forms whose gaps are filled from lists and from a text in the
//! public domain (`prompts/whale.txt`: passages of Moby-Dick by Herman Melville, 1851, a sentence a line).
//!
//! All of it is part of the program, so a generator takes no memory of its own and draws the same anywhere. The forms have
//! so many gaps that no prompt comes with a chance of more than 2^-48, and no list of them can be learned by heart.

mod words;

use inference::Message;
use subnet::Draw;
use words::{FORMS, LISTS};

const TEXT: &str = include_str!("prompts/whale.txt");
/// Bytes of a passage, but for the rest of its last sentence.
const SHORTEST_PASSAGE: usize = 40;
const LONGEST_PASSAGE: usize = 320;
/// Words that a prompt may name.
const FEWEST_WORDS: usize = 60;
const MOST_WORDS: usize = 700;

/// A conversation such as a person could have had, up to the next word of the assistant.
pub fn conversation(draw: &mut Draw) -> Vec<Message> {
    let form = FORMS[draw.below(FORMS.len())];
    let speak = |(role, template): &words::Turn| Message { role: (*role).into(), content: expand(template, draw) };
    form.iter().map(speak).collect()
}

/// `template` with its gaps filled, and the gaps of what fills them.
fn expand(template: &str, draw: &mut Draw) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, gap, behind)) = split(rest) {
        text += before;
        text += &match gap {
            "passage" => passage(draw),
            "number" => (FEWEST_WORDS + draw.below(MOST_WORDS - FEWEST_WORDS)).to_string(),
            list => expand(draw.one_of(words_for(list)).copied().unwrap_or_default(), draw),
        };
        rest = behind;
    }
    text + rest
}

/// What stands before the first gap, its name, and what stands behind it.
fn split(template: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = template.split_once('{')?;
    let (gap, behind) = from.split_once('}')?;
    Some((before, gap, behind))
}

fn words_for(gap: &str) -> &'static [&'static str] {
    LISTS.iter().find(|(name, _)| *name == gap).map_or(&[], |(_, words)| words)
}

/// Sentences in a row, from any one on and within its paragraph.
fn passage(draw: &mut Draw) -> String {
    let limit = SHORTEST_PASSAGE + draw.below(LONGEST_PASSAGE - SHORTEST_PASSAGE);
    let first = draw.below(sentences().count());
    let start = sentences().nth(first).map_or(0, |sentence| sentence.as_ptr() as usize - TEXT.as_ptr() as usize);
    let mut passage = String::new();
    for sentence in TEXT[start..].lines().take_while(|line| !line.is_empty()) {
        if passage.len() >= limit {
            break;
        }
        passage += if passage.is_empty() { "" } else { " " };
        passage += sentence;
    }
    passage
}

fn sentences() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use subnet::Seed;

    /// No prompt is likelier than one in two to the power of this.
    const BITS: f64 = 48.0;

    fn prompt(seed: u64) -> Vec<Message> {
        conversation(&mut Seed::of(&[&seed.to_le_bytes()]).draw())
    }

    /// Logarithm to the base 2 of how many texts `template` stands for, each as likely as any other.
    fn bits(template: &str) -> f64 {
        let Some((_, gap, behind)) = split(template) else { return 0.0 };
        let own = match gap {
            "passage" => (sentences().count() as f64).log2(),
            "number" => ((MOST_WORDS - FEWEST_WORDS) as f64).log2(),
            list => {
                let words = words_for(list);
                let inner = words.iter().map(|word| bits(word)).fold(f64::INFINITY, f64::min);
                (words.len() as f64).log2() + inner
            }
        };
        own + bits(behind)
    }

    #[test]
    fn no_prompt_is_predictable_from_fewer_bits() {
        for form in FORMS {
            let bits: f64 = form.iter().map(|(_, template)| bits(template)).sum();
            assert!(bits >= BITS, "{bits}: {form:?}");
        }
    }

    #[test]
    fn lists_and_sentences_name_nothing_twice() {
        for (name, words) in LISTS.iter().copied().chain([("sentences", &*sentences().collect::<Vec<_>>())]) {
            assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "{name}");
        }
    }

    /// With 48 bits a million draws repeat with a chance of 1 in 500, and as many as are drawn here with 1 in 700,000.
    #[test]
    fn draws_do_not_repeat() {
        let mut seen = BTreeSet::new();
        for seed in 0..20_000 {
            let contents: Vec<_> = prompt(seed).into_iter().map(|message| message.content).collect();
            assert!(seen.insert(contents.concat()), "{contents:?} came twice");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_prompt() {
        assert!((0..100).all(|seed| prompt(seed) == prompt(seed) && prompt(seed) != prompt(seed + 1)));
    }

    #[test]
    fn prompts_are_short_whole_and_in_order() {
        for messages in (0..5_000).map(prompt) {
            let bytes: usize = messages.iter().map(|message| message.content.len()).sum();
            assert!((60..=1_200).contains(&bytes), "{bytes}: {messages:?}");
            assert_eq!(messages.last().unwrap().role, "user");
            for Message { content, .. } in messages {
                assert!(
                    !content.contains(['{', '}']) && content.trim() == content && !content.is_empty(),
                    "{content:?}"
                );
            }
        }
    }

    #[test]
    fn every_form_word_and_sentence_comes() {
        let all: Vec<_> = (0..5_000).flat_map(prompt).map(|message| message.content).collect();
        let text = all.join("\n");
        let words = LISTS.iter().flat_map(|(_, words)| words.iter()).filter(|word| split(word).is_none());
        for expected in words.copied().chain(sentences()) {
            assert!(text.contains(expected), "{expected:?} never came");
        }
    }
}
