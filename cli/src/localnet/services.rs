//! The six processes beside the node: their command lines, and what they say when they are ready.

use super::cast::{players, Actor, Role, CAST, COPIED};
use super::fleet::{Fleet, Starting};
use super::plan::Plan;
use super::rundir::RunDir;
use anyhow::{Context, Result};
use futures::future::try_join_all;
use primitives::NetUid;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a process may take until it is ready; several load a model on few cores at the same time.
const PATIENCE: Duration = Duration::from_secs(90);
/// Relative noise on every weight of the damaged model: it still writes words, but others.
const DAMAGE: f64 = 0.3;
/// Seconds between two rounds of a validator.
const INTERVAL: &str = "2";
/// Part of the newest round in an average: one that looks back on few rounds shows within seconds who works.
const RATE: &str = "0.3";
const ANY_ADDRESS: &str = "127.0.0.1:0";

/// Where an actor's process answers.
#[derive(Clone)]
pub struct Service {
    pub actor: &'static Actor,
    /// `ip:port` of a miner's axon or a validator's app API.
    pub address: String,
}

/// Starts the node and returns its WebSocket URL.
pub async fn start_node(plan: &Plan, dir: &RunDir, fleet: &Fleet<'_>) -> Result<String> {
    // A development chain: one authority, who needs nobody else to make blocks.
    let flags = ["--dev", "--no-prometheus", "--no-telemetry"].map(str::to_owned);
    let values = words(&[
        ("--base-path", text(&dir.path().join("node"))?),
        ("--rpc-port", plan.node_port.to_string()),
        ("--port", "0".into()),
    ]);
    let arguments = [&flags[..], &values].concat();
    let ready = fleet.start("node", &plan.binaries.node, &arguments)?.ready(PATIENCE).await?;
    field(&ready, "rpc", "node")
}

/// Writes the damaged model where one is served, starts all miners and validators, and waits until each is ready.
pub async fn start_everyone(
    plan: &Plan,
    dir: &RunDir,
    fleet: &Fleet<'_>,
    node: &str,
    netuid: NetUid,
) -> Result<Vec<Service>> {
    let damaged = dir.path().join("damaged-model");
    if let (Some(model), true) = (&plan.stage.model, plan.stage.chats) {
        inference::damage(model, &damaged, DAMAGE, 0).context("cannot write the damaged model")?;
    }
    let crew = Crew { plan, dir: dir.path(), damaged, node, netuid };
    let start = |actor: &'static Actor| Ok((actor, crew.start(actor, fleet)?));
    let starting: Vec<(&Actor, Starting)> = players(plan.stage.chats).map(start).collect::<Result<_>>()?;
    try_join_all(starting.into_iter().map(|(actor, starting)| async move {
        let key = if actor.role == Role::Validator { "app" } else { "axon" };
        Ok(Service { actor, address: field(&starting.ready(PATIENCE).await?, key, actor.name)? })
    }))
    .await
}

/// The app APIs' URLs.
pub fn apps(services: &[Service]) -> Vec<String> {
    let validators = services.iter().filter(|service| service.actor.role == Role::Validator);
    validators.map(|service| format!("http://{}", service.address)).collect()
}

struct Crew<'a> {
    plan: &'a Plan,
    dir: &'a Path,
    damaged: PathBuf,
    node: &'a str,
    netuid: NetUid,
}

impl Crew<'_> {
    fn start(&self, actor: &Actor, fleet: &Fleet) -> Result<Starting> {
        let program = match actor.role {
            Role::Validator => &self.plan.binaries.validator,
            _ => &self.plan.binaries.miner,
        };
        fleet.start(actor.name, program, &self.arguments(actor)?)
    }

    fn arguments(&self, actor: &Actor) -> Result<Vec<String>> {
        let stage = &self.plan.stage;
        let mut flags = vec![
            ("--node", self.node.to_owned()),
            ("--netuid", self.netuid.to_string()),
            ("--suri", actor.hotkey.to_owned()),
            ("--subnet", stage.subnet.clone()),
        ];
        if let Some(model) = &stage.model {
            let model = if actor.role == Role::Damaged { &self.damaged } else { model };
            flags.push(("--model", text(model)?));
        }
        flags.extend(stage.program.clone().map(|program| ("--program", program)));
        match actor.role {
            Role::Validator => flags.extend([
                ("--data", text(&self.dir.join(actor.name))?),
                ("--app", self.app(actor)),
                ("--interval-seconds", INTERVAL.to_owned()),
                ("--rate", RATE.to_owned()),
            ]),
            Role::Copier => flags.push(("--copy-from", COPIED.account()?.to_string())),
            Role::Damaged => flags.extend(match &stage.model {
                Some(model) => Some(("--claim-model", text(model)?)),
                None => None,
            }),
            Role::Honest => {}
        }
        if actor.role != Role::Validator {
            flags.push(("--listen", ANY_ADDRESS.to_owned()));
        }
        Ok(words(&flags))
    }

    fn app(&self, actor: &Actor) -> String {
        let first = CAST.iter().find(|actor| actor.role == Role::Validator);
        if first.is_some_and(|first| first.name == actor.name) {
            return format!("127.0.0.1:{}", self.plan.app_port);
        }
        ANY_ADDRESS.to_owned()
    }
}

fn words(flags: &[(&str, String)]) -> Vec<String> {
    flags.iter().flat_map(|(flag, value)| [(*flag).to_owned(), value.clone()]).collect()
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| format!("{} is not UTF-8: use another directory", path.display()))?;
    Ok(text.to_owned())
}

fn field(ready: &Value, key: &str, name: &str) -> Result<String> {
    let value = ready[key].as_str();
    Ok(value
        .with_context(|| format!("{name}'s ready line has no `{key}`: build all programs from the same release"))?
        .into())
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Binaries, Stage};
    use super::*;

    fn arguments(name: &str) -> String {
        let model = Some("models/tiny".into());
        arguments_on(Stage { subnet: "text".into(), chats: true, model, program: None }, name)
    }

    fn arguments_on(stage: Stage, name: &str) -> String {
        let binaries = Binaries { node: "n".into(), miner: "m".into(), validator: "v".into() };
        let plan = Plan { binaries, stage, node_port: 0, app_port: 8080, prompt: String::new(), until_epoch: None };
        let (dir, node, netuid) = (Path::new("run"), "ws://127.0.0.1:9944", NetUid(1));
        let crew = Crew { plan: &plan, dir, damaged: "run/damaged-model".into(), node, netuid };
        let actor = CAST.iter().find(|actor| actor.name == name).unwrap();
        crew.arguments(actor).unwrap().join(" ")
    }

    const COMMON: &str = "--node ws://127.0.0.1:9944 --netuid 1 --suri";

    #[test]
    fn an_honest_miner_serves_the_model() {
        let expected = "//Dave//hotkey --subnet text --model models/tiny --listen 127.0.0.1:0";
        assert_eq!(arguments("dave"), format!("{COMMON} {expected}"));
    }

    #[test]
    fn a_subnet_without_a_model_is_given_none() {
        let stage = Stage { subnet: "template".into(), chats: false, model: None, program: None };
        assert_eq!(
            arguments_on(stage, "eve"),
            format!("{COMMON} //Eve//hotkey --subnet template --listen 127.0.0.1:0")
        );
    }

    #[test]
    fn everyone_works_with_the_program_of_a_subnet_in_another_language() {
        for name in ["bob", "dave", "copier"] {
            let program = Some("http://127.0.0.1:9000".into());
            let stage = Stage { subnet: "remote".into(), chats: false, model: None, program };
            let arguments = arguments_on(stage, name);
            assert!(arguments.contains("--subnet remote --program http://127.0.0.1:9000 "), "{arguments}");
        }
    }

    #[test]
    fn the_cheats_lie_about_their_model_or_forward() {
        let damaged = "//Ferdie//damaged --subnet text --model run/damaged-model --claim-model models/tiny";
        assert_eq!(arguments("damaged"), format!("{COMMON} {damaged} --listen 127.0.0.1:0"));
        let source = COPIED.account().unwrap();
        let copier = "//Ferdie//copier --subnet text --model models/tiny --copy-from";
        assert_eq!(arguments("copier"), format!("{COMMON} {copier} {source} --listen 127.0.0.1:0"));
    }

    #[test]
    fn the_first_validator_gets_the_well_known_port_and_the_second_any() {
        for (who, hotkey, port) in [("bob", "//Bob//hotkey", 8080), ("charlie", "//Charlie//hotkey", 0)] {
            let flags = format!("--subnet text --model models/tiny --data run/{who} --app 127.0.0.1:{port}");
            assert_eq!(arguments(who), format!("{COMMON} {hotkey} {flags} --interval-seconds 2 --rate 0.3"));
        }
    }
}
