//! Tasks with the letters of words.

use super::{ask, World};
use crate::draw::Draw;
use crate::exchange::Exchange;

fn word<'a>(world: &'a World, draw: &mut Draw) -> &'a str {
    draw.one::<String>(&world.lists.words)
}

/// Letters with a dash between them.
fn spelled(letters: impl Iterator<Item = char>) -> String {
    letters.map(String::from).collect::<Vec<_>>().join("-")
}

pub fn count(world: &World, draw: &mut Draw) -> Exchange {
    let word = word(world, draw);
    let frames = [
        "How many letters has \"{}\"?",
        "How many letters are in {}?",
        "Count the letters of {}.",
        "How long is the word {}?",
        "Number of letters in {}?",
    ];
    let letters = word.chars().count();
    Exchange::new(ask(draw, &frames, &[word]), format!("{} has {letters} letters.", spelled(word.chars())))
}

pub fn first(world: &World, draw: &mut Draw) -> Exchange {
    let word = word(world, draw);
    let frames = [
        "What is the first letter of {}?",
        "Which letter does {} begin with?",
        "First letter of {}?",
        "With which letter does {} start?",
    ];
    let letter = word.chars().next().unwrap_or_default();
    Exchange::new(ask(draw, &frames, &[word]), format!("The first letter of {word} is {letter}."))
}

pub fn last(world: &World, draw: &mut Draw) -> Exchange {
    let word = word(world, draw);
    let frames = [
        "What is the last letter of {}?",
        "Which letter does {} end with?",
        "Last letter of {}?",
        "With which letter does {} end?",
    ];
    let letter = word.chars().next_back().unwrap_or_default();
    Exchange::new(ask(draw, &frames, &[word]), format!("The last letter of {word} is {letter}."))
}

pub fn spell(world: &World, draw: &mut Draw) -> Exchange {
    let word = word(world, draw);
    let frames =
        ["Spell {}.", "How do you spell {}?", "Spell the word \"{}\".", "spell {}", "Write {} letter by letter."];
    Exchange::new(ask(draw, &frames, &[word]), spelled(word.chars()) + ".")
}

pub fn reverse(world: &World, draw: &mut Draw) -> Exchange {
    let word = word(world, draw);
    let frames =
        ["Reverse {}.", "Write {} backwards.", "Reverse the word \"{}\".", "reverse {}", "What is {} backwards?"];
    Exchange::new(ask(draw, &frames, &[word]), spelled(word.chars().rev()) + ".")
}

pub fn upper(world: &World, draw: &mut Draw) -> Exchange {
    let word = word(world, draw);
    let frames = [
        "Write {} in upper case.",
        "{} in capital letters",
        "Put {} in capitals.",
        "Upper case of {}?",
        "Write \"{}\" in capital letters.",
    ];
    Exchange::new(ask(draw, &frames, &[word]), word.to_uppercase() + ".")
}

pub fn contains(world: &World, draw: &mut Draw) -> Exchange {
    let word = word(world, draw);
    let inside = draw.chance(0.5);
    let letters = ('a'..='z').filter(|letter| word.contains(*letter) == inside).collect::<Vec<_>>();
    let letter = draw.one(&letters).to_string();
    let question = ask(draw, &["Is the letter {} in {}?", "Is there the letter {} in {}?"], &[&letter, word]);
    let (start, verb) = if inside { ("Yes", "has") } else { ("No", "has no") };
    Exchange::new(question, format!("{start}, {word} {verb} {letter}."))
}

pub fn repeat(world: &World, draw: &mut Draw) -> Exchange {
    let words = (0..1 + draw.below(4)).map(|_| word(world, draw)).collect::<Vec<_>>().join(" ");
    let frames = ["Repeat after me: {}", "Say: {}", "Repeat: {}", "Please say \"{}\".", "Say \"{}\"."];
    Exchange::new(ask(draw, &frames, &[&words]), words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_shown_one_by_one() {
        assert_eq!(spelled("whale".chars()), "w-h-a-l-e");
        assert_eq!(spelled("sea".chars().rev()), "a-e-s");
    }
}
