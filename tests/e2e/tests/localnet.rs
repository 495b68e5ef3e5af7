//! The main job, from the command to the report.

use e2e::plexus;
use tempfile::TempDir;

#[test]
fn the_local_network_pays_honest_miners_and_nobody_else_and_answers_a_prompt() {
    let folder = TempDir::new().unwrap();
    let run_folder = folder.path().join("run");
    let output = plexus(&["--json", "localnet", "--until-epoch", "6", "--dir", run_folder.to_str().unwrap()]);
    assert!(output.success, "{}\n{}", output.stdout, output.stderr);

    let report = output.json();
    assert_eq!(report["story_came_true"], true, "{report:#}");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() >= 8 && checks.iter().all(|check| check["passed"] == true), "{report:#}");
    assert_eq!(report["neurons"].as_array().unwrap().len(), 6);
    assert!(report["answer"]["answer"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{report:#}");
    let first_emission = report["command_to_first_emission_s"].as_f64().unwrap();
    println!("from the command to the first emission: {first_emission} s");
}
