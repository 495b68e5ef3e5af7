//! Every cheat, run as a miner, against the thresholds that ship.

use crate::support::{challenge, damaged, dave, eve, load, model, FOLDER};
use inference::{DeviceChoice, Format, Model};
use std::sync::Arc;
use subnet::{Average, Finding, Score, Seed, Solver, Standing, Subnet};
use subnet_text::adversary::{Cheat, Cheater, TwoFaced};
use subnet_text::{verify, TextChallenge, TextSubnet};

const CHALLENGES: u8 = 8;
/// Long enough to be convicted.
const TOKENS: u32 = 96;

/// How many of Dave's answers pass where `cheap` does his work in this way.
async fn passing(cheat: Cheat, cheap: Arc<Model>) -> usize {
    let cheater = Cheater::new(cheat, cheap, model(), eve());
    let mut passing = 0;
    for seed in 0..CHALLENGES {
        let challenge = TextChallenge { max_tokens: TOKENS, ..challenge(seed) };
        let answer = cheater.solve(&dave(), challenge.clone()).await.unwrap();
        passing += usize::from(verify(&model(), &dave(), &challenge, &answer).is_genuine());
    }
    passing
}

fn quantised(format: Format) -> Arc<Model> {
    Arc::new(Model::load_as(FOLDER.as_ref(), DeviceChoice::Cpu, Some(format)).unwrap())
}

/// The shipped model without its last layer.
fn smaller() -> Arc<Model> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["tokenizer.json", "tokenizer_config.json", "model.safetensors", "chat_template.jinja"] {
        // Not every model has all of them.
        let _ = std::fs::copy(format!("{FOLDER}/{name}"), folder.path().join(name));
    }
    let mut config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(format!("{FOLDER}/config.json")).unwrap()).unwrap();
    config["num_hidden_layers"] = (config["num_hidden_layers"].as_u64().unwrap() - 1).into();
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    load(folder.path())
}

#[tokio::test]
async fn cheats_that_have_the_model_fail_for_what_they_do_not_do() {
    for cheat in Cheat::ALL {
        let needs_other_weights =
            matches!(cheat, Cheat::OtherWeights | Cheat::WithoutCommitments | Cheat::HonestPrefill);
        if !needs_other_weights {
            assert_eq!(passing(cheat, model()).await, 0, "{cheat:?}");
        }
    }
}

#[tokio::test]
async fn other_weights_fail_from_one_percent_on() {
    for cheap in [damaged(0.05), damaged(0.01), quantised(Format::Q4K), quantised(Format::Q8_0), smaller()] {
        assert_eq!(passing(Cheat::OtherWeights, cheap).await, 0);
    }
}

#[tokio::test]
async fn weights_that_are_well_off_fail_also_without_commitments_or_with_forged_ones() {
    for cheap in [damaged(0.2), smaller()] {
        assert_eq!(passing(Cheat::WithoutCommitments, cheap.clone()).await, 0);
        assert_eq!(passing(Cheat::HonestPrefill, cheap).await, 0);
    }
}

#[tokio::test]
async fn whoever_serves_apps_badly_is_caught_by_one_challenge_in_four() {
    let (miner, rounds) = (TwoFaced::new(model(), dave()), 32);
    let mut caught = 0;
    for seed in 0..rounds {
        let challenge = challenge(seed);
        let answer = miner.solve(&dave(), challenge.clone()).await.unwrap();
        let passes = verify(&model(), &dave(), &challenge, &answer).is_genuine();
        assert_eq!(passes, !TwoFaced::takes_for_an_apps(&challenge));
        caught += u32::from(!passes);
    }
    assert!((4..=14).contains(&caught), "{caught} of {rounds}");
}

/// On top of what the test before says about its answers.
#[test]
fn whoever_serves_apps_badly_earns_less_than_a_hundredth_of_honest_pay() {
    let (subnet, rounds) = (TextSubnet::new(model()), 4_000u32);
    let draw = |n: u32| Subnet::challenge(&subnet, Seed::of(&[&n.to_le_bytes()])).unwrap().0;
    let finding = |n| match TwoFaced::takes_for_an_apps(&draw(n)) {
        true => Finding::Caught,
        false => Finding::Worth(Score::ONE),
    };
    let average = Average { rate: 0.1 };
    let (mut standing, mut paid) = (Standing::default(), 0.0);
    for n in 0..rounds {
        standing = average.moved(standing, finding(n));
        paid += average.worth(standing);
    }
    assert!(paid < 0.01 * rounds as f32, "{paid} of {rounds}");
}
