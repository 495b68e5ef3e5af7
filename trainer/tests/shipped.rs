//! The model that ships, as people meet it.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use inference::{DeviceChoice, Message, Model, Sampling};

const FOLDER: &str = "../models/tiny";
const MOST_BYTES: u64 = 12_000_000;

fn say(model: &Model, messages: &[(&str, &str)], temperature: f32) -> String {
    let messages = messages.iter().map(|(role, content)| Message { role: (*role).into(), content: (*content).into() });
    let prompt = model.encode_chat(&messages.collect::<Vec<_>>()).unwrap();
    let sampling = Sampling { temperature, max_tokens: 100, noise: [3; 32] };
    let answer = model.generate(&prompt, &sampling, &mut |_| ControlFlow::Continue(())).unwrap();
    model.decode(&answer.tokens).unwrap()
}

#[test]
fn it_explains_the_network() {
    let model = Model::load(FOLDER.as_ref(), DeviceChoice::Cpu).unwrap();
    let expected: [(&str, &[&str]); 6] = [
        ("What is vtrust?", &["validator", "weights", "consensus"]),
        ("What is a hotkey?", &["key", "works", "seat"]),
        ("How do I mine?", &["plexus register", "plexus-miner"]),
        ("How are answers verified?", &["prefill", "noise"]),
        ("How many tokens will there be?", &["21,000,000"]),
        ("How do I launch a subnet?", &["plexus subnet create"]),
    ];
    for (question, words) in expected {
        for temperature in [0.0, 0.7] {
            let answer = say(&model, &[("user", question)], temperature);
            assert!(words.iter().all(|word| answer.contains(word)), "{question} at {temperature}: {answer}");
        }
    }
}

#[test]
fn it_does_a_small_task() {
    let model = Model::load(FOLDER.as_ref(), DeviceChoice::Cpu).unwrap();
    assert_eq!(say(&model, &[("user", "Which day comes after Monday?")], 0.0), "Tuesday comes after Monday.");
}

#[test]
fn it_changes_the_subject_and_reads_past_a_system_message() {
    let model = Model::load(FOLDER.as_ref(), DeviceChoice::Cpu).unwrap();
    let conversation = [
        ("system", "You are a helpful assistant."),
        ("user", "What is the capital of France?"),
        ("assistant", "The capital of France is Paris."),
        ("user", "What is vtrust?"),
    ];
    let answer = say(&model, &conversation, 0.0);
    assert!(answer.contains("consensus"), "{answer}");
}

#[test]
fn it_is_small_and_comes_with_its_card_and_its_curve() {
    let files = fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap());
    let bytes = files.map(|file| file.metadata().unwrap().len()).sum::<u64>();
    assert!(bytes <= MOST_BYTES, "{bytes}");
    let read = |name: &str| fs::read_to_string(Path::new(FOLDER).join(name)).unwrap();
    let card = read("README.md");
    assert!(card.contains("plexus-trainer --text") && card.contains("loss.svg"), "{card}");
    assert!(read("loss.svg").contains("</svg>"));
}
