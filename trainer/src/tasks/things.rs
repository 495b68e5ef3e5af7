//! Tasks about days, months, opposites, capitals, kinds of things, and data.

use super::{ask, World};
use crate::draw::Draw;
use crate::exchange::{capitalised, Exchange};

pub fn opposite(world: &World, draw: &mut Draw) -> Exchange {
    let [a, b] = draw.one(&world.opposites);
    let (word, other) = if draw.chance(0.5) { (a, b) } else { (b, a) };
    let frames = [
        "What is the opposite of {}?",
        "Opposite of {}?",
        "the opposite of {}",
        "Name the opposite of {}.",
        "Tell me the opposite of {}.",
        "Which word is the opposite of {}?",
        "what is the opposite of {}",
    ];
    Exchange::new(ask(draw, &frames, &[word]), format!("The opposite of {word} is {other}."))
}

pub fn capital(world: &World, draw: &mut Draw) -> Exchange {
    let [country, city] = draw.one(&world.capitals);
    let frames = [
        "What is the capital of {}?",
        "Capital of {}?",
        "the capital of {}",
        "Name the capital of {}.",
        "Which city is the capital of {}?",
        "Tell me the capital of {}.",
        "what is the capital of {}",
    ];
    Exchange::new(ask(draw, &frames, &[country]), format!("The capital of {country} is {city}."))
}

pub fn country(world: &World, draw: &mut Draw) -> Exchange {
    let [country, city] = draw.one(&world.capitals);
    let frames = [
        "{} is the capital of which country?",
        "Of which country is {} the capital?",
        "Which country has the capital {}?",
        "Where is {} the capital?",
    ];
    Exchange::new(ask(draw, &frames, &[city]), format!("{city} is the capital of {country}."))
}

/// What follows or precedes in a round.
fn round(draw: &mut Draw, round: &[String], what: &str) -> Exchange {
    let at = draw.below(round.len());
    let (word, step) = *draw.one(&[("after", 1), ("before", round.len() - 1)]);
    let frames = [
        "Which {} comes {} {}?",
        "What {} is {} {}?",
        "what {} comes {} {}",
        "Which {} is {} {}?",
        "Tell me the {} {} {}.",
        "Name the {} {} {}.",
        "What is the {} {} {}?",
    ];
    let question = ask(draw, &frames, &[what, word, &round[at]]);
    Exchange::new(question, format!("{} comes {word} {}.", round[(at + step) % round.len()], round[at]))
}

pub fn day(world: &World, draw: &mut Draw) -> Exchange {
    round(draw, &world.lists.days, "day")
}

pub fn month(world: &World, draw: &mut Draw) -> Exchange {
    round(draw, &world.lists.months, "month")
}

/// A kind of things, one of them, and another kind.
fn sample<'a>(world: &'a World, draw: &mut Draw) -> (&'a str, &'a str, &'a str) {
    let kinds = world.categories.keys().collect::<Vec<_>>();
    let at = draw.below(kinds.len());
    let other = (at + 1 + draw.below(kinds.len() - 1)) % kinds.len();
    (kinds[at], draw.one::<String>(&world.categories[kinds[at]]), kinds[other])
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

pub fn category(world: &World, draw: &mut Draw) -> Exchange {
    let (kind, thing, _) = sample(world, draw);
    let frames = [
        "What kind of thing is {}?",
        "Which kind of thing is {}?",
        "What sort of thing is {}?",
        "{}: what kind of thing is it?",
    ];
    Exchange::new(ask(draw, &frames, &[thing]), format!("{} is {} {kind}.", capitalised(thing), article(kind)))
}

pub fn is_a(world: &World, draw: &mut Draw) -> Exchange {
    let (kind, thing, other) = sample(world, draw);
    let asked = if draw.chance(0.5) { kind } else { other };
    let question =
        ask(draw, &["Is {} {} {}?", "is {} {} {}", "Would you say that {} is {} {}?"], &[thing, article(asked), asked]);
    let start = if asked == kind { "Yes" } else { "No" };
    Exchange::new(question, format!("{start}, {thing} is {} {kind}.", article(kind)))
}

pub fn odd_one_out(world: &World, draw: &mut Draw) -> Exchange {
    let (kind, _, other) = sample(world, draw);
    let (usual, odd) = (&world.categories[kind], draw.one(&world.categories[other]).as_str());
    let at = draw.below(usual.len() - 1);
    let mut words = vec![usual[at].as_str(), usual[at + 1].as_str()];
    words.insert(draw.below(3), odd);
    let frames =
        ["Which does not belong: {}, {}, {}?", "Find the odd one out: {}, {}, {}.", "Odd one out: {}, {}, {}?"];
    Exchange::new(
        ask(draw, &frames, &words),
        format!("{} does not belong, for it is {} {other}.", capitalised(odd), article(other)),
    )
}

pub fn json(world: &World, draw: &mut Draw) -> Exchange {
    let (key, text) = (draw.one(&world.lists.words).as_str(), draw.one(&world.lists.words).as_str());
    let value = if draw.chance(0.5) { draw.below(100).to_string() } else { format!("\"{text}\"") };
    let said = value.trim_matches('"');
    let frames = [
        "Give me a JSON object with {} set to {}.",
        "Write a JSON object with the name {} and the value {}.",
        "JSON with {} = {}",
        "Make JSON: {} is {}.",
    ];
    Exchange::new(ask(draw, &frames, &[key, said]), format!("{{\"{key}\": {value}}}"))
}

pub fn name(world: &World, draw: &mut Draw) -> Exchange {
    let name = draw.one(&world.lists.names);
    let frames =
        ["My name is {}.", "I am {}.", "Call me {}.", "Hello, I am {}.", "Hello, my name is {}.", "They call me {}."];
    Exchange::new(ask(draw, &frames, &[name]), format!("Hello, {name}! What would you like to know?"))
}

#[cfg(test)]
mod tests {
    use crate::draw::Draw;
    use crate::tasks::{Tasks, KINDS};

    #[test]
    fn json_answers_are_json_with_what_was_asked_for() {
        let (tasks, mut draw) = (Tasks::new().unwrap(), Draw::new(1, 4));
        let kind = KINDS.iter().find(|kind| kind.name == "a JSON object").unwrap();
        for task in tasks.held_out(kind, 50, &mut draw) {
            let json: serde_json::Value = serde_json::from_str(&task.answer).unwrap();
            let (key, _) = json.as_object().unwrap().iter().next().unwrap();
            assert!(task.question.contains(key.as_str()), "{task:?}");
        }
    }

    #[test]
    fn rounds_close() {
        let (tasks, mut draw) = (Tasks::new().unwrap(), Draw::new(1, 5));
        let kind = KINDS.iter().find(|kind| kind.name.starts_with("the day")).unwrap();
        let all = (0..2).flat_map(|_| tasks.held_out(kind, 90, &mut draw)).collect::<Vec<_>>();
        for task in all.iter().filter(|task| task.question.contains("after Sunday")) {
            assert_eq!(task.answer, "Monday comes after Sunday.");
        }
    }
}
