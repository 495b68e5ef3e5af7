//! The trainer as a user runs it, on a model small enough to train in seconds.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use inference::{DeviceChoice, Limits, Message, Model, Sampling};
use subnet::{AccountId, Solver};
use subnet_text::adversary::{Cheat, Cheater};
use subnet_text::{verify, ModelSolver, TextChallenge};

const STEPS: usize = 30;
const SMALL: &str = "--batch 8 --micro-batch 2 --context 128 --vocab-size 300 \
    --hidden-size 32 --intermediate-size 64 --layers 1 --heads 2 --kv-heads 1 --max-position 128 --learning-rate 0.01 \
    --network-share 0 --task-share 0 --prose-share 1";

fn train(text: &Path, out: &Path, threads: usize, steps: usize) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plexus-trainer"))
        .arg("--text")
        .arg(text)
        .arg("--out")
        .arg(out)
        .args(SMALL.split_whitespace())
        .args(["--threads", &threads.to_string()])
        .args(["--steps", &steps.to_string(), "--evaluate-every", &(steps / 3).to_string()])
        .output()
        .unwrap()
}

/// Two people who say the same few things again and again.
fn write_play(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("play.txt");
    fs::write(&path, "ANNA:\nIs it day?\n\nBEN:\nNo, it is night.\n\n".repeat(400)).unwrap();
    path
}

/// Held-out losses of prose on request, in the order they were printed.
fn prose_losses(output: &Output) -> Vec<f64> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let losses = text.lines().filter_map(|line| line.split("prose ").nth(1)?.split(',').next()?.parse().ok());
    losses.collect()
}

#[test]
fn a_trained_model_has_learned_and_is_loaded_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("model");
    let output = train(&write_play(folder.path()), &out, 2, STEPS);
    assert!(output.status.success(), "{output:?}");
    let losses = prose_losses(&output);
    assert!(losses.len() == 3 && losses[2] < 0.6 * losses[0], "{losses:?}");

    let model = Model::load(&out, DeviceChoice::Cpu).unwrap();
    let prompt = model.encode_chat(&[Message { role: "user".into(), content: "Is it day?".into() }]).unwrap();
    let sampling = Sampling { temperature: 0.0, max_tokens: 20, noise: [0; 32] };
    let answer = model.generate(&prompt, &sampling, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(!answer.tokens.is_empty());
    let card = fs::read_to_string(out.join("README.md")).unwrap();
    assert!(card.contains("plexus-trainer --text play.txt") && card.contains("--hidden-size 32"), "{card}");
    assert!(card.contains("| add |") && card.contains("> What is vtrust?"), "{card}");
    assert!(fs::read_to_string(out.join("loss.svg")).unwrap().contains("</svg>"));
}

#[test]
fn the_number_of_threads_does_not_change_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let play = write_play(folder.path());
    let weights = [1, 2].map(|threads| {
        let out = folder.path().join(threads.to_string());
        assert!(train(&play, &out, threads, STEPS).status.success());
        fs::read(out.join("model.safetensors")).unwrap()
    });
    assert!(weights[0] == weights[1]);
}

#[test]
fn a_text_that_cannot_be_used_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (short, binary) = (folder.path().join("short.txt"), folder.path().join("binary.txt"));
    fs::write(&short, "Too short.").unwrap();
    fs::write(&binary, [0xff, 0xfe, 0xfd]).unwrap();
    for (text, reason) in [(short, "too short"), (binary, "UTF-8"), (folder.path().join("none.txt"), "cannot read")] {
        let output = train(&text, &folder.path().join("model"), 1, STEPS);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn an_early_checkpoint_does_not_pass_for_the_model_that_was_trained_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let play = write_play(folder.path());
    let [early, trained] = [STEPS / 10, STEPS].map(|steps| {
        let out = folder.path().join(steps.to_string());
        assert!(train(&play, &out, 2, steps).status.success());
        Arc::new(Model::load(&out, DeviceChoice::Cpu).unwrap())
    });
    let dave = AccountId::from([4; 32]);
    let cheats = [Cheat::OtherWeights, Cheat::WithoutCommitments, Cheat::HonestPrefill];
    let cheats = cheats.map(|cheat| Cheater::new(cheat, early.clone(), trained.clone(), dave.clone()));
    let honest = ModelSolver::new(trained.clone(), Limits::default());
    for nonce in 0..8 {
        let messages = vec![Message { role: "user".into(), content: "Is it day?".into() }];
        let challenge = TextChallenge { messages, max_tokens: 48, temperature: 1.0, nonce: nonce.to_string() };
        let answer = honest.solve(&dave, challenge.clone()).await.unwrap();
        assert!(verify(&trained, &dave, &challenge, &answer).is_genuine());
        for cheat in &cheats {
            let answer = cheat.solve(&dave, challenge.clone()).await.unwrap();
            let verdict = verify(&trained, &dave, &challenge, &answer);
            assert!(!verdict.is_genuine(), "{answer:?}: {verdict:?}");
        }
    }
}
