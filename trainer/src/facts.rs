//! What the model is to know about the network: hand-written facts, each asked for in many wordings.

use anyhow::{ensure, Context};
use serde::Deserialize;

use crate::exchange::{capitalised, Exchange};

const NETWORK: &str = include_str!("../data/network.toml");

/// Wordings for a thing, after the first, which is never held out.
const THING: [&str; 14] = [
    "What is {}?",
    "what is {}",
    "Explain {}.",
    "What does {} mean?",
    "explain {} please",
    "{}?",
    "{}",
    "Tell me what {} is.",
    "Can you explain {} to me?",
    "Define {}.",
    "What's {}?",
    "Describe {} in short.",
    "I do not understand {}.",
    "Please tell me about {}.",
];

/// Wordings for something that one does.
const DEED: [&str; 13] = [
    "How do I {}?",
    "how do i {}",
    "How can I {}?",
    "how to {}",
    "{}?",
    "{}",
    "I want to {}.",
    "What do I do to {}?",
    "Show me how to {}.",
    "Which command do I need to {}?",
    "What is the command to {}?",
    "How does one {}?",
    "Can you help me {}?",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fact: Vec<Entry>,
}

/// A fact as it stands in the file: a thing, a deed, or neither, and further wordings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// A noun with its article, as it stands in a sentence, and others for the same.
    #[serde(default)]
    thing: Vec<String>,
    /// A verb with its object.
    #[serde(default)]
    deed: Vec<String>,
    /// Whole questions.
    #[serde(default)]
    ask: Vec<String>,
    /// Questions that are taken as they stand.
    #[serde(default)]
    typed: Vec<String>,
    say: String,
}

/// One fact and all its wordings.
#[derive(Debug)]
pub struct Fact {
    pub questions: Vec<String>,
    /// A wording that is kept for measuring.
    pub held_out: String,
    pub answer: String,
}

impl Fact {
    pub fn held_out(&self) -> Exchange {
        Exchange::new(&self.held_out, &self.answer)
    }
}

/// All facts about the network.
pub fn network() -> anyhow::Result<Vec<Fact>> {
    let file: File = toml::from_str(NETWORK).context("data/network.toml is not what it should be")?;
    file.fact.into_iter().enumerate().map(|(number, entry)| fact(number, entry)).collect()
}

/// Which wording is held out goes around with the fact's number, so that each frame is measured with some facts and
/// learned with others.
fn fact(number: usize, entry: Entry) -> anyhow::Result<Fact> {
    let mut questions = wordings(&entry);
    ensure!(questions.len() >= 8, "the fact {:?} has {} wordings, fewer than 8", entry.say, questions.len());
    let held_out = questions.remove(1 + number % (questions.len() - 1));
    Ok(Fact { questions, held_out, answer: entry.say })
}

fn wordings(entry: &Entry) -> Vec<String> {
    let framed = |names: &[String], frames: &[&str]| {
        let of = |name: &String| frames.iter().map(|frame| frame.replace("{}", name)).collect::<Vec<_>>();
        names.iter().flat_map(of).collect::<Vec<_>>()
    };
    let frames = [framed(&entry.thing, &THING), framed(&entry.deed, &DEED)].concat();
    let mut all = frames.iter().map(|question| first_letter(question)).collect::<Vec<_>>();
    all.extend(entry.ask.iter().flat_map(|question| around(question)));
    all.extend(entry.typed.iter().cloned());
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|question| seen.insert(question.clone()));
    all
}

/// Frames that end with a sign are sentences and begin like one.
fn first_letter(question: &str) -> String {
    match question.ends_with(['?', '.']) {
        true => capitalised(question),
        false => question.into(),
    }
}

/// A question as people type it.
fn around(question: &str) -> [String; 4] {
    let bare = question.trim_end_matches(['?', '.', '!']);
    let mut letters = bare.chars();
    let small = letters.next().map(|first| first.to_lowercase().chain(letters).collect::<String>()).unwrap_or_default();
    [question.into(), bare.into(), bare.to_lowercase(), format!("Please tell me: {small}?")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn there_are_many_facts_and_each_is_asked_for_in_many_ways() {
        let facts = network().unwrap();
        assert!(facts.len() >= 160, "{}", facts.len());
        for fact in &facts {
            assert!(fact.questions.len() >= 7 && !fact.questions.contains(&fact.held_out), "{fact:?}");
            assert!(fact.answer.ends_with(['.', '!', '?']) && fact.answer.len() <= 320, "{fact:?}");
        }
    }

    /// A word alone may mean a thing or a deed, such as stake.
    #[test]
    fn no_question_has_two_answers_but_for_single_words() {
        let mut answers = BTreeMap::new();
        for fact in network().unwrap() {
            for question in fact.questions.iter().chain([&fact.held_out]).filter(|question| question.contains(' ')) {
                let other = answers.insert(question.to_lowercase(), fact.answer.clone());
                assert!(other.as_ref().is_none_or(|other| *other == fact.answer), "{question}: {other:?}");
            }
        }
    }

    #[test]
    fn the_first_wording_is_never_held_out() {
        let facts = network().unwrap();
        assert!(facts.iter().any(|fact| fact.questions[0] == "What is vtrust?"));
    }
}
