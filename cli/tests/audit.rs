//! What the verbs about validators say without one, with the real program.

use std::process::Command;

fn refusal(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_plexus")).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?} succeeded");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn where_no_validator_works_the_folder_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for verb in [&["validator", "status"][..], &["audit", "round", "1"]] {
        assert!(refusal(&[verb, &["--data", data]].concat()).contains("--data"));
    }
    // It ended and left its address behind.
    std::fs::write(folder.path().join(validator_api::ADDRESS_FILE), "127.0.0.1:1 5e").unwrap();
    assert!(refusal(&["validator", "status", "--data", data]).contains("start it"));
    std::fs::write(folder.path().join(validator_api::ADDRESS_FILE), "192.0.2.1:80 5e").unwrap();
    assert!(refusal(&["validator", "status", "--data", data]).contains("another machine"));
}

#[test]
fn a_file_that_is_no_answer_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.json");
    let audit = || refusal(&["audit", "answer", file.to_str().unwrap()]);
    assert!(audit().contains("cannot open"));
    std::fs::write(&file, "id: 1").unwrap();
    assert!(audit().contains("not JSON"));
    std::fs::write(&file, "data: {}").unwrap();
    assert!(audit().contains("broke off"));
    std::fs::write(&file, "{}").unwrap();
    assert!(audit().contains("save the whole body"));
}
