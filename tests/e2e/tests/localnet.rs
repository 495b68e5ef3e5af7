//! The main job, from the command to the report.

use e2e::{model, plexus};
use std::path::Path;
use tempfile::TempDir;

#[test]
fn the_local_network_pays_honest_miners_and_nobody_else_and_answers_a_prompt() {
    let folder = TempDir::new().unwrap();
    let (run_folder, model) = (folder.path().join("run"), model());
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let arguments = ["--json", "localnet", "--until-epoch", "6", "--dir", &text(&run_folder), "--model", &text(&model)];
    let output = plexus(&arguments);
    assert!(output.success, "{}\n{}", output.stdout, output.stderr);

    let report = output.json();
    assert_eq!(report["story_came_true"], true, "{report:#}");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() >= 8 && checks.iter().all(|check| check["passed"] == true), "{report:#}");
    assert_eq!(report["neurons"].as_array().unwrap().len(), 6);
    assert!(report["answer"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{report:#}");
    let first_emission = report["command_to_first_emission_s"].as_f64().unwrap();
    println!("from the command to the first emission: {first_emission} s");
}

#[test]
fn a_subnet_without_chat_pays_its_honest_miners_on_a_local_network() {
    let folder = TempDir::new().unwrap();
    let run_folder = folder.path().join("run");
    let arguments = ["--json", "localnet", "--subnet", "template", "--until-epoch", "5", "--dir"];
    let output = plexus(&[&arguments[..], &[run_folder.to_str().unwrap()]].concat());
    assert!(output.success, "{}\n{}", output.stdout, output.stderr);

    let report = output.json();
    assert_eq!((&report["story_came_true"], report["answer"].is_null()), (&true.into(), true), "{report:#}");
    let earned = |name: &str| {
        let neurons = report["neurons"].as_array().unwrap();
        neurons.iter().find(|neuron| neuron["name"] == name).unwrap()["earned"].as_u64().unwrap()
    };
    assert!(earned("dave") > 0 && earned("eve") > 0, "{report:#}");
    assert_eq!(earned("copier"), 0, "{report:#}");
}
