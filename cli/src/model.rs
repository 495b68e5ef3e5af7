//! What subnets work with, and where models lie.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};
use subnet_catalog::{Format, Grader, Settings};

/// The model that ships with the project, from its folder.
pub const SHIPPED: &str = "models/tiny";

/// What a subnet's grader and solver work with in this process; subnets that run no model need none of it.
#[derive(clap::Args)]
pub struct SubnetArgs {
    /// The model, for the subnets that run one [default: models/tiny]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Quantise its weights when it is loaded, as validators do with the same flag: q8_0 or q4_k.
    #[arg(long, value_name = "FORMAT")]
    quantize: Option<Format>,
    /// The program that is the scorer and the solver of the subnet `remote`; see docs/any-language.md.
    #[arg(long, value_name = "URL")]
    program: Option<String>,
}

impl SubnetArgs {
    pub fn settings(self) -> Settings {
        let (model, format, program) = (named_or_shipped(self.model), self.quantize, self.program);
        Settings { model, format, program, ..Settings::default() }
    }

    /// The grader of a subnet of the catalog; this loads the model.
    pub fn grader(self, subnet: &str) -> Result<Grader> {
        Ok(subnet_catalog::grader(subnet, &self.settings())?)
    }
}

/// `folder` as it is typed or, where it is relative, in any directory above the executable.
pub fn folder(folder: &Path, executable: &Path) -> Result<PathBuf> {
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

/// The model that was named or else the shipped one, where it can be found; not every subnet needs one.
fn named_or_shipped(named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| {
        let executable = env::current_exe().unwrap_or_default();
        folder(Path::new(SHIPPED), &executable).unwrap_or_else(|_| SHIPPED.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;
    use std::fs;

    #[test]
    fn a_model_is_found_above_the_executable() {
        let project = tempfile::tempdir().unwrap();
        let (model, executable) = (project.path().join("models/spare"), project.path().join("target/release"));
        fs::create_dir_all(&executable).unwrap();
        assert!(folder(Path::new("models/spare"), &executable).is_err());
        fs::create_dir_all(&model).unwrap();
        fs::write(model.join("config.json"), "{}").unwrap();
        assert_eq!(folder(Path::new("models/spare"), &executable).unwrap(), model.canonicalize().unwrap());
    }

    #[test]
    fn every_verb_that_judges_takes_the_program_of_a_subnet_in_another_language() {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            args: SubnetArgs,
        }
        for verb in ["subnet try remote", "subnet replay rounds", "audit round 1", "audit answer file"] {
            let program = ["--program", "http://127.0.0.1:9000"];
            let line = ["plexus"].into_iter().chain(verb.split(' ')).chain(program);
            assert!(Cli::try_parse_from(line).is_ok(), "{verb}");
        }
        let line = Line::parse_from(["judge", "--program", "http://127.0.0.1:9000", "--quantize", "q8_0"]);
        let settings = line.args.settings();
        assert_eq!(settings.program.as_deref(), Some("http://127.0.0.1:9000"));
        assert!(settings.format.is_some());
    }

    #[test]
    fn a_named_model_is_taken_as_it_is() {
        assert_eq!(named_or_shipped(Some("/nowhere".into())), Path::new("/nowhere"));
    }
}
