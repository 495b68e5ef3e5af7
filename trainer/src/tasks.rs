//! Small tasks whose answers can be checked, made by a program.

mod numbers;
mod things;
mod words;

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

use crate::draw::Draw;
use crate::exchange::Exchange;

const WORLD: &str = include_str!("../data/world.toml");
/// One instance in so many is kept for measuring.
const HELD_OUT: u64 = 8;

/// What tasks are made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    capitals: Vec<[String; 2]>,
    opposites: Vec<[String; 2]>,
    categories: BTreeMap<String, Vec<String>>,
    lists: Lists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    days: Vec<String>,
    months: Vec<String>,
    names: Vec<String>,
    words: Vec<String>,
}

/// A kind of task: its name, how often it is drawn, and how an instance is made.
pub struct Kind {
    pub name: &'static str,
    share: f64,
    make: fn(&World, &mut Draw) -> Exchange,
}

const fn kind(name: &'static str, share: f64, make: fn(&World, &mut Draw) -> Exchange) -> Kind {
    Kind { name, share, make }
}

pub const KINDS: [Kind; 24] = [
    kind("add", 3.0, numbers::add),
    kind("subtract", 3.0, numbers::subtract),
    kind("compare two numbers", 1.5, numbers::compare),
    kind("sort three numbers", 1.5, numbers::sort),
    kind("even or odd", 1.0, numbers::parity),
    kind("the number after or before", 1.0, numbers::neighbour),
    kind("count letters", 1.5, words::count),
    kind("first letter", 1.0, words::first),
    kind("last letter", 1.0, words::last),
    kind("spell a word", 1.5, words::spell),
    kind("reverse a word", 1.5, words::reverse),
    kind("upper case", 1.0, words::upper),
    kind("is a letter in a word", 1.0, words::contains),
    kind("repeat a text", 1.5, words::repeat),
    kind("opposites", 1.0, things::opposite),
    kind("capitals", 1.5, things::capital),
    kind("countries of capitals", 1.0, things::country),
    kind("the day after or before", 1.0, things::day),
    kind("the month after or before", 1.0, things::month),
    kind("what kind of thing", 1.0, things::category),
    kind("is it such a thing", 1.0, things::is_a),
    kind("the odd one out", 1.0, things::odd_one_out),
    kind("a JSON object", 1.5, things::json),
    kind("my name", 1.0, things::name),
];

/// Makes tasks of all kinds. An instance, wording included, is either for training or for measuring, always the same.
pub struct Tasks(World);

impl Tasks {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(toml::from_str(WORLD).context("data/world.toml is not what it should be")?))
    }

    /// A task to learn from.
    pub fn train(&self, draw: &mut Draw) -> Exchange {
        let kind = &KINDS[draw.weighted(&KINDS.each_ref().map(|kind| kind.share))];
        self.of(kind, false, draw)
    }

    /// Different tasks of one kind that are never learned from, at most `count`.
    pub fn held_out(&self, kind: &Kind, count: usize, draw: &mut Draw) -> Vec<Exchange> {
        let mut all = Vec::new();
        for _ in 0..20 * count {
            let task = self.of(kind, true, draw);
            if all.len() < count && !all.contains(&task) {
                all.push(task);
            }
        }
        all
    }

    fn of(&self, kind: &Kind, held_out: bool, draw: &mut Draw) -> Exchange {
        loop {
            let task = (kind.make)(&self.0, draw);
            if hash(&task.question).is_multiple_of(HELD_OUT) == held_out {
                return task;
            }
        }
    }
}

/// FNV-1a, whose value is the same on every machine, with its bits mixed once more.
fn hash(text: &str) -> u64 {
    let sum = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    sum ^ (sum >> 29)
}

/// One of `frames`, with each `{}` replaced by the next of `values`.
fn ask(draw: &mut Draw, frames: &[&str], values: &[&str]) -> String {
    let mut question = draw.one(frames).to_string();
    for value in values {
        question = question.replacen("{}", value, 1);
    }
    question
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_task_is_both_learned_and_measured() {
        let (tasks, mut draw) = (Tasks::new().unwrap(), Draw::new(1, 1));
        let learned = (0..20_000).map(|_| tasks.train(&mut draw).question).collect::<BTreeSet<_>>();
        for kind in &KINDS {
            let held_out = tasks.held_out(kind, 20, &mut draw);
            assert!(held_out.len() >= 8, "{}: {}", kind.name, held_out.len());
            assert!(held_out.iter().all(|task| !learned.contains(&task.question)), "{}", kind.name);
        }
    }

    #[test]
    fn a_question_has_one_answer() {
        let (tasks, mut draw) = (Tasks::new().unwrap(), Draw::new(1, 2));
        let mut answers = BTreeMap::new();
        for _ in 0..20_000 {
            let Exchange { question, answer } = tasks.train(&mut draw);
            assert!(!question.contains("{}") && !answer.is_empty(), "{question}");
            let other = answers.insert(question.clone(), answer.clone());
            assert!(other.as_ref().is_none_or(|other| *other == answer), "{question} {answer} {other:?}");
        }
    }
}
