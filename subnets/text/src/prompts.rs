use inference::Message;
use subnet::Draw;

const OPENINGS: [&str; 16] = [
    "Tell me about",
    "Write a few lines about",
    "What do you know of",
    "Give me a short speech on",
    "Explain to a child the meaning of",
    "Begin a story about",
    "Describe the quarrel between",
    "Compose a letter concerning",
    "What would a king say about",
    "Give me your advice on",
    "Continue a conversation about",
    "Argue in favour of",
    "Argue against",
    "Recall an old tale of",
    "Make a list of questions about",
    "What should a friend know about",
];

const SUBJECTS: [&str; 64] = [
    "winter",
    "the sea",
    "a crown",
    "old friends",
    "a broken promise",
    "the night",
    "honest work",
    "a lost ring",
    "the city",
    "a garden",
    "war",
    "peace",
    "a long journey",
    "hunger",
    "the law",
    "a wedding",
    "a storm",
    "music",
    "patience",
    "gold",
    "a good name",
    "the moon",
    "a letter",
    "brothers",
    "a mother",
    "exile",
    "fear",
    "laughter",
    "the harvest",
    "a candle",
    "sleep",
    "a horse",
    "courage",
    "the market",
    "a secret",
    "youth",
    "old age",
    "a bridge",
    "bread",
    "the river",
    "justice",
    "a mirror",
    "spring",
    "a soldier",
    "envy",
    "the stars",
    "a key",
    "silence",
    "a debt",
    "fortune",
    "a ship",
    "the truth",
    "a servant",
    "a mask",
    "the wind",
    "a prince",
    "time",
    "a feast",
    "the forest",
    "a quarrel",
    "mercy",
    "a sword",
    "ambition",
    "home",
];

/// A prompt such as a person could have written, one of tens of thousands.
pub fn prompt(draw: &mut Draw) -> Message {
    let [first, second] = [(); 2].map(|()| pick(draw, &SUBJECTS));
    let content = format!("{} {first} and {second}.", pick(draw, &OPENINGS));
    Message { role: "user".into(), content }
}

fn pick(draw: &mut Draw, items: &[&'static str]) -> &'static str {
    draw.one_of(items).copied().unwrap_or_default()
}
