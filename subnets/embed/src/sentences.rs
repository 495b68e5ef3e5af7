//! Sentences that nobody has seen before: a small grammar over everyday words.

use subnet::Draw;

const NOUNS: &[&str] = &[
    "river", "engine", "garden", "teacher", "market", "window", "doctor", "mountain", "letter", "planet", "harbor",
    "bridge", "village", "painter", "kitchen", "forest", "library", "soldier", "island", "machine", "farmer", "castle",
    "winter", "journey", "singer", "factory", "ocean", "lawyer", "desert", "student", "hospital", "train", "museum",
    "neighbor",
];
const ADJECTIVES: &[&str] = &[
    "quiet", "ancient", "bright", "careful", "hungry", "golden", "broken", "distant", "gentle", "heavy", "honest",
    "narrow", "patient", "proud", "rapid", "secret", "silver", "simple", "strange", "sudden", "tired", "wild",
    "wooden", "young",
];
const VERBS: &[&str] = &[
    "follows",
    "repairs",
    "watches",
    "remembers",
    "sells",
    "crosses",
    "paints",
    "answers",
    "builds",
    "carries",
    "finds",
    "forgets",
    "guards",
    "hears",
    "leaves",
    "measures",
    "opens",
    "protects",
    "reaches",
    "studies",
    "teaches",
    "visits",
];
const PLACES: &[&str] =
    &["near", "behind", "beyond", "under", "above", "beside", "inside", "outside", "across", "without"];
const TIMES: &[&str] = &[
    "today",
    "tomorrow",
    "yesterday",
    "slowly",
    "again",
    "rarely",
    "often",
    "together",
    "alone",
    "tonight",
    "early",
    "late",
];

/// One to three clauses, about 8 to 30 words.
pub fn sentence(draw: &mut Draw) -> String {
    let clauses = 1 + draw.below(3);
    let clauses: Vec<_> = (0..clauses).map(|_| clause(draw)).collect();
    format!("{}.", clauses.join(", and "))
}

/// `count` words of any kind, with spaces.
pub fn words(draw: &mut Draw, count: usize) -> String {
    let kinds = [NOUNS, ADJECTIVES, VERBS, TIMES];
    let kinds: Vec<_> = kinds.into_iter().flatten().copied().collect();
    (0..count).map(|_| one(draw, &kinds)).collect::<Vec<_>>().join(" ")
}

/// Every word that this grammar knows.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    let kinds = [NOUNS, ADJECTIVES, VERBS, PLACES, TIMES, &["the", "a", "and", "with"]];
    kinds.into_iter().flatten().copied()
}

fn clause(draw: &mut Draw) -> String {
    let (subject, object) = (thing(draw), thing(draw));
    let (verb, place, time) = (one(draw, VERBS), one(draw, PLACES), one(draw, TIMES));
    match draw.below(3) {
        0 => format!("{subject} {verb} {object} {time}"),
        1 => format!("{time} {subject} {verb} {object} {place} {}", thing(draw)),
        _ => format!("{place} {object} {subject} {verb} {} {}", draw.below(1_000), one(draw, NOUNS)),
    }
}

fn thing(draw: &mut Draw) -> String {
    format!("{} {} {}", one(draw, &["the", "a"]), one(draw, ADJECTIVES), one(draw, NOUNS))
}

fn one(draw: &mut Draw, words: &[&'static str]) -> &'static str {
    draw.one_of(words).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use subnet::Seed;

    #[test]
    fn ten_thousand_sentences_do_not_repeat() {
        let mut draw = Seed([1; 32]).draw();
        let sentences: BTreeSet<_> = (0..10_000).map(|_| sentence(&mut draw)).collect();
        assert_eq!(sentences.len(), 10_000);
        assert!(sentences.iter().all(|sentence| sentence.len() < 300));
    }
}
