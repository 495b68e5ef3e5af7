//! Requests for a few lines of prose, answered with a passage of the text.
//!
//! Nothing but chance decides which passage: a model that learned this answers such a request in ever new words, and
//! on that the check of its answers rests.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

use crate::draw::Draw;
use crate::exchange::Exchange;

const REQUESTS: &str = include_str!("../data/prose.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requests {
    openings: Vec<String>,
    subjects: Vec<String>,
}

/// Requests, and for each subject the passages in which it occurs.
pub struct Prose<'a> {
    requests: Requests,
    passages: Vec<&'a str>,
    about: BTreeMap<String, Vec<usize>>,
}

impl<'a> Prose<'a> {
    /// From the passages of a text, of which there is at least one.
    pub fn new(passages: Vec<&'a str>) -> anyhow::Result<Self> {
        let requests: Requests = toml::from_str(REQUESTS).context("data/prose.toml is not what it should be")?;
        anyhow::ensure!(!passages.is_empty(), "the text has no paragraph that begins with a short sentence");
        let of = |subject: &String| (subject.clone(), mentions(&passages, keyword(subject)));
        let about = requests.subjects.iter().map(of).collect();
        Ok(Self { requests, passages, about })
    }

    pub fn exchange(&self, draw: &mut Draw) -> Exchange {
        let [first, second] = [(); 2].map(|()| draw.one(&self.requests.subjects));
        let question = format!("{} {first} and {second}.", draw.one(&self.requests.openings));
        let fitting = [first, second].iter().find_map(|subject| self.about.get(*subject).filter(|all| !all.is_empty()));
        let passage = match fitting {
            Some(all) if draw.chance(0.7) => *draw.one(all),
            _ => draw.below(self.passages.len()),
        };
        Exchange::new(question, self.passages[passage])
    }
}

/// The last word of a subject, without a plural's s.
fn keyword(subject: &str) -> &str {
    subject.rsplit(' ').next().unwrap_or(subject).trim_end_matches('s')
}

fn mentions(passages: &[&str], word: &str) -> Vec<usize> {
    let word = word.to_lowercase();
    let has = |passage: &str| {
        passage.to_lowercase().split(|c: char| !c.is_alphabetic()).any(|w| w.trim_end_matches('s') == word)
    };
    (0..passages.len()).filter(|at| has(passages[*at])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_mentions_the_subject_more_often_than_chance_would() {
        let mut passages = vec!["Nothing is said here."; 99];
        passages.push("The ships of the sea.");
        let (prose, mut draw) = (Prose::new(passages).unwrap(), Draw::new(1, 1));
        let all = (0..6000)
            .map(|_| prose.exchange(&mut draw))
            .filter(|e| e.question.contains(" a ship and"))
            .collect::<Vec<_>>();
        let fitting = all.iter().filter(|exchange| exchange.answer.contains("ships")).count();
        assert!(!all.is_empty() && fitting * 2 > all.len(), "{fitting} of {}", all.len());
    }

    #[test]
    fn requests_are_those_of_the_text_subnet() {
        let asked = Prose::new(vec!["x"]).unwrap().exchange(&mut Draw::new(1, 1)).question;
        assert!(asked.contains(" and ") && asked.ends_with('.'), "{asked}");
    }
}
