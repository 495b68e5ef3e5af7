//! What a run is made of, settled before anything starts.

use super::Args;
use crate::model;
use anyhow::{ensure, Context, Result};
use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use subnet_catalog::Settings;

pub struct Plan {
    pub binaries: Binaries,
    pub stage: Stage,
    pub node_port: u16,
    /// App API of the first validator; the second one's is any.
    pub app_port: u16,
    pub prompt: String,
    /// The run ends after this epoch; without it, it goes on until it is stopped.
    pub until_epoch: Option<u32>,
}

/// What the network is about.
pub struct Stage {
    /// By its name in the catalog.
    pub subnet: String,
    /// Whether people can talk to the miners: then one of them has a damaged model, and a prompt is sent.
    pub chats: bool,
    /// The model that the honest miners serve and the validators hold, for the subnets that run one.
    pub model: Option<PathBuf>,
    /// Where the program behind the subnet `remote` listens.
    pub program: Option<String>,
}

pub struct Binaries {
    pub node: PathBuf,
    pub miner: PathBuf,
    pub validator: PathBuf,
}

/// Where `plexus` looks for a node and an app API unless it is told otherwise.
const NODE_PORT: u16 = 9944;
const APP_PORT: u16 = 8080;
/// Any port that is free.
const ANY: u16 = 0;
/// Epochs after which a run for a machine ends.
const EPOCHS: u32 = 6;

impl Plan {
    /// A run that people watch takes the ports that `plexus` uses by itself, so that other verbs need no flags; a run
    /// for a machine takes any, so that several can go on at once.
    pub fn new(args: &Args, json: bool) -> Result<Self> {
        let executable = env::current_exe().context("cannot find this executable")?;
        let beside = executable.parent().context("this executable lies in no directory")?;
        let port = |preferred| if json { ANY } else { if_free(preferred) };
        Ok(Self {
            binaries: Binaries::beside(beside)?,
            stage: Stage::new(args, beside)?,
            node_port: port(NODE_PORT),
            app_port: port(APP_PORT),
            prompt: args.prompt.clone(),
            until_epoch: args.until_epoch.or(json.then_some(EPOCHS)),
        })
    }
}

impl Stage {
    fn new(args: &Args, executable: &Path) -> Result<Self> {
        let (subnet, chats) = (args.subnet.clone(), subnet_catalog::chats(&args.subnet)?);
        let shipped = chats.then(|| PathBuf::from(model::SHIPPED));
        let named = args.model.clone().or(shipped);
        let model = named.map(|folder| model::folder(&folder, executable)).transpose()?;
        let stage = Self { subnet, chats, model, program: args.program.clone() };
        stage.rehearse()?;
        Ok(stage)
    }

    /// Loads what the miners and validators will, so that what is missing is said here and not in their logs. Not so where
    /// they chat: their model is read once more in any case, to be damaged.
    fn rehearse(&self) -> Result<()> {
        let model = self.model.clone().unwrap_or_default();
        let settings = Settings { model, program: self.program.clone(), ..Settings::default() };
        let advice =
            || format!("the subnet {} does not start: name what it runs on, --model or --program", self.subnet);
        match self.chats {
            true => Ok(()),
            false => subnet_catalog::grader(&self.subnet, &settings).map(drop).with_context(advice),
        }
    }
}

impl Binaries {
    fn beside(directory: &Path) -> Result<Self> {
        let find = |name: &str| {
            let path = directory.join(name);
            ensure!(
                path.is_file(),
                "{name} does not lie beside this executable, in {}: run `make build`",
                directory.display()
            );
            Ok(path)
        };
        Ok(Self { node: find("plexus-node")?, miner: find("plexus-miner")?, validator: find("plexus-validator")? })
    }
}

/// `port`, or any free one where somebody else listens there.
fn if_free(port: u16) -> u16 {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => port,
        Err(_) => ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_free_port_is_taken_and_a_taken_one_is_left_to_its_owner() {
        let owner = TcpListener::bind((Ipv4Addr::LOCALHOST, ANY)).unwrap();
        let port = owner.local_addr().unwrap().port();
        assert_eq!(if_free(port), ANY);
        drop(owner);
        assert_eq!(if_free(port), port);
    }

    fn stage(flags: &[&str]) -> Result<Stage> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        let line: Line = clap::Parser::parse_from([&["localnet"], flags].concat());
        Stage::new(&line.args, Path::new("/nowhere"))
    }

    #[test]
    fn what_a_subnet_runs_on_is_tried_before_anything_starts() {
        assert!(stage(&["--subnet", "template"]).is_ok());
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, ANY)).unwrap().local_addr().unwrap();
        let address = format!("http://{nobody}");
        for (flags, reason) in [
            (vec!["--subnet", "remote"], "--program"),
            (vec!["--subnet", "remote", "--program", "gpu:9000"], "http://HOST:PORT"),
            (vec!["--subnet", "remote", "--program", &address], &address),
            (vec!["--subnet", "embed"], "--model"),
            (vec!["--subnet", "embed", "--model", "/nowhere"], "/nowhere"),
        ] {
            let error = format!("{:#}", stage(&flags).err().unwrap());
            assert!(error.contains(reason), "{flags:?}: {error}");
        }
    }

    #[test]
    fn a_missing_program_is_named_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("plexus-node"), "").unwrap();
        let error = Binaries::beside(directory.path()).err().unwrap().to_string();
        assert!(error.contains("plexus-miner") && error.contains("make build"), "{error}");
    }
}
