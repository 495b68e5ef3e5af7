//! What a run is made of, settled before anything starts.

use super::Args;
use anyhow::{ensure, Context, Result};
use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

pub struct Plan {
    pub binaries: Binaries,
    /// The model that the honest miners serve and the validators hold.
    pub model: PathBuf,
    pub node_port: u16,
    /// App API of the first validator; the second one's is any.
    pub app_port: u16,
    pub prompt: String,
    /// The run ends after this epoch; without it, it goes on until it is stopped.
    pub until_epoch: Option<u32>,
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
            model: model(&args.model, beside)?,
            node_port: port(NODE_PORT),
            app_port: port(APP_PORT),
            prompt: args.prompt.clone(),
            until_epoch: args.until_epoch.or(json.then_some(EPOCHS)),
        })
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

/// `folder` as it is typed or, where it is relative, in any directory above the executable.
fn model(folder: &Path, executable: &Path) -> Result<PathBuf> {
    let above = executable.ancestors().map(|directory| directory.join(folder));
    let mut candidates = std::iter::once(folder.to_path_buf()).chain(above);
    let found = candidates.find(|candidate| candidate.join("config.json").is_file());
    let found = found.with_context(|| {
        let shown = folder.display();
        format!(
            "{shown} is no model folder (it has no config.json): run this in the project's folder, or name one with \
             --model"
        )
    })?;
    found.canonicalize().with_context(|| format!("cannot use the model folder {}", found.display()))
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

    #[test]
    fn a_missing_program_is_named_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("plexus-node"), "").unwrap();
        let error = Binaries::beside(directory.path()).err().unwrap().to_string();
        assert!(error.contains("plexus-miner") && error.contains("make build"), "{error}");
    }

    #[test]
    fn a_model_is_found_above_the_executable() {
        let project = tempfile::tempdir().unwrap();
        let (folder, executable) = (project.path().join("models/tiny"), project.path().join("target/release"));
        fs::create_dir_all(&executable).unwrap();
        assert!(model(Path::new("models/tiny"), &executable).is_err());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.json"), "{}").unwrap();
        assert_eq!(model(Path::new("models/tiny"), &executable).unwrap(), folder.canonicalize().unwrap());
    }
}
