//! The clients that apps are written with, against the real program.

use std::process::Command;

#[test]
fn the_official_client_litellm_and_langchains_suite_are_served() {
    let run = Command::new("../scripts/clients.sh").arg(env!("CARGO_BIN_EXE_plexus-miner")).output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{out}\n{errors}");
}
