//! The shipped model, and copies of it to spoil.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use inference::{DeviceChoice, Generation, LoadError, Message, Model, Sampling};

pub fn shipped_folder() -> PathBuf {
    PathBuf::from("../../models/tiny")
}

pub fn load(folder: &Path) -> Result<Model, LoadError> {
    Model::load(folder, DeviceChoice::Cpu)
}

pub fn shipped() -> Model {
    load(&shipped_folder()).unwrap()
}

pub fn copy_of_shipped() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(shipped_folder()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

pub fn chat(model: &Model, text: &str) -> Vec<u32> {
    model.encode_chat(&[Message { role: "user".into(), content: text.into() }]).unwrap()
}

pub fn sampling(noise: u8, max_tokens: usize) -> Sampling {
    Sampling { temperature: 1.0, max_tokens, noise: [noise; 32] }
}

pub fn generate(model: &Model, prompt: &[u32], sampling: &Sampling) -> Generation {
    model.generate(prompt, sampling, &mut |_| ControlFlow::Continue(())).unwrap()
}
