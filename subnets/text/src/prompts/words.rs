//! What prompts are made of: forms with gaps, and lists that fill them.

/// One message: who speaks, and what, with a `{gap}` wherever a list fills in.
pub type Turn = (&'static str, &'static str);

/// Conversations. Whatever is asked is prose, where every model has a choice of words: what it knows by heart it says
/// alike to everybody, and a copy of that cannot be told from the original. Most end in an opening and two subjects, to
/// which the shipped model, too, answers at length.
pub const FORMS: [&[Turn]; 10] = [
    &[
        ("system", "You are {person} {place}. Speak {manner}. {length}"),
        ("user", "Do not forget {subject}. {opening} {subject} and {subject}."),
    ],
    &[
        ("system", "Speak {manner}, as {person} would."),
        ("user", "{opening} {subject} and {subject}."),
        ("assistant", "{passage}"),
        ("user", "{opening} {subject} and {subject}."),
    ],
    &[
        ("user", "{opening} {subject} and {subject}."),
        ("assistant", "{passage}"),
        ("user", "{question}"),
        ("assistant", "{passage}"),
        ("user", "{opening} {subject} and {subject}."),
    ],
    &[
        ("system", "You tell stories {manner}, such as {person} would hear {place}."),
        ("user", "{again} {length}"),
        ("assistant", "{passage}"),
        ("user", "{opening} {subject} and {subject}."),
    ],
    &[
        ("user", "{opening} {subject}, {subject} and {subject}."),
        ("assistant", "{passage}"),
        ("user", "{again} Now {manner}. {opening} {subject} and {subject}."),
    ],
    &[("user", "{length} Speak {manner}, like {person} {place}. Think of {subject}. {opening} {subject} and {subject}.")],
    &[("user", "{passage}\n\n{question} {length} Be {person} {place}. {opening} {subject} and {subject}.")],
    &[("user", "{reading} {length} Be {person} {place}.\n\n{passage}\n\n{opening} {subject} and {subject}.")],
    &[("user", "{passage}\n\n{onward} {manner}, and let {person} come upon {subject}, {subject} and {subject}. {length}")],
    &[("user", "{reading} Say what it has to do with {subject}, {subject} and {subject}, as {person} would, {manner}. {length}\n\n{passage}")],
];

/// What fills each gap; `passage` and `number` are made otherwise.
pub const LISTS: [(&str, &[&str]); 10] = [
    ("opening", &OPENINGS),
    ("subject", &SUBJECTS),
    ("person", &PERSONS),
    ("place", &PLACES),
    ("manner", &MANNERS),
    ("length", &LENGTHS),
    ("onward", &ONWARDS),
    ("question", &QUESTIONS),
    ("reading", &READINGS),
    ("again", &AGAIN),
];

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

#[rustfmt::skip]
const SUBJECTS: [&str; 80] = [
    "winter", "the sea", "a crown", "old friends", "a broken promise", "the night", "honest work", "a lost ring",
    "the city", "a garden", "war", "peace", "a long journey", "hunger", "the law", "a wedding",
    "a storm", "music", "patience", "gold", "a good name", "the moon", "a letter", "brothers",
    "a mother", "exile", "fear", "laughter", "the harvest", "a candle", "sleep", "a horse",
    "courage", "the market", "a secret", "youth", "old age", "a bridge", "bread", "the river",
    "justice", "a mirror", "spring", "a soldier", "envy", "the stars", "a key", "silence",
    "a debt", "fortune", "a ship", "the truth", "a servant", "a mask", "the wind", "a prince",
    "time", "a feast", "the forest", "a quarrel", "mercy", "a sword", "ambition", "home",
    "the whale", "the captain", "a boat", "sailors", "the deck", "fire", "the sun", "an island",
    "the harpoon", "a dream", "the world", "bones", "ice", "a prophet", "a lantern", "the harbour",
];

#[rustfmt::skip]
const PERSONS: [&str; 24] = [
    "an old sailor", "a young widow", "the harbour master", "a blind fiddler", "a tired judge", "the baker's daughter",
    "a runaway clerk", "the cook of the ship", "a retired general", "a shepherd", "a clockmaker", "the keeper of the light",
    "a poor student", "a travelling actor", "the captain's brother", "a gardener", "a smuggler", "the schoolmaster",
    "a ferryman", "an honest thief", "a country doctor", "the last guest", "a mapmaker", "a night watchman",
];

#[rustfmt::skip]
const PLACES: [&str; 24] = [
    "in an empty church", "on the open sea", "at the edge of a wood", "in a crowded inn", "under the old bridge",
    "on a rainy market day", "in the light of one candle", "at the end of a long winter", "on the road to the coast",
    "in a besieged town", "at a funeral", "before the fire", "on the first morning of spring", "in a house without doors",
    "on a frozen lake", "behind the mill", "at the gates of the palace", "in the belly of a ship", "on an island without trees",
    "in a letter from abroad", "at low tide", "in the year of the flood", "between two wars", "after the feast",
];

#[rustfmt::skip]
const MANNERS: [&str; 16] = [
    "plainly", "with great bitterness", "as if in a hurry", "in the style of an old chronicle", "with gentle mockery",
    "like a sermon", "in short sentences", "in one long breath", "with many pictures", "as one who remembers badly",
    "without any names", "with growing fear", "in the manner of a fairy tale", "proudly", "as a riddle", "with much tenderness",
];

#[rustfmt::skip]
const LENGTHS: [&str; 8] = [
    "About {number} words will do.", "Take {number} words or so.", "Write some {number} words.", "Use at least {number} words.",
    "Not many more than {number} words, please.", "I have time for {number} words.", "Fill {number} words.",
    "Aim at {number} words.",
];

#[rustfmt::skip]
const ONWARDS: [&str; 8] = [
    "Go on", "Continue", "Carry this on", "Tell what happens next", "Write the next lines", "Finish this",
    "Go on from here", "Spin this out",
];

#[rustfmt::skip]
const QUESTIONS: [&str; 8] = [
    "Who speaks here, and why?", "What has just happened?", "What is the speaker hiding?", "Is this to be believed?",
    "Why is it told this way?", "What will come of this?", "What was it like to be there?", "What is left out?",
];

#[rustfmt::skip]
const READINGS: [&str; 8] = [
    "Put this in your own words.", "Sum this up.", "Retell this.", "Explain this to somebody who was not there.",
    "Write a note on the margin of this.", "Turn this into a letter.", "Answer this.", "Object to this.",
];

#[rustfmt::skip]
const AGAIN: [&str; 8] = [
    "Good.", "That is not what I meant.", "Well said, but there is more.", "I do not believe it.", "Go on.",
    "I liked the end of it.", "Once more.", "Let us turn to something else.",
];
