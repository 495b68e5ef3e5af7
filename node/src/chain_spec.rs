use sc_service::{ChainSpec, ChainType, GenericChainSpec, Properties};
use std::path::{Path, PathBuf};

/// Where the runtime lies when nobody names it, relative to the folder of this executable: as installed, as built.
const BESIDE_EXECUTABLE: [&str; 2] =
    ["plexus_runtime.wasm", "wbuild/plexus-runtime/plexus_runtime.compact.compressed.wasm"];

/// A chain that starts from one of the runtime's genesis presets.
struct Preset {
    name: &'static str,
    id: &'static str,
    kind: ChainType,
    genesis: &'static str,
}

const DEV: Preset = Preset {
    name: "Plexus Development",
    id: "plexus_dev",
    kind: ChainType::Development,
    genesis: sp_genesis_builder::DEV_RUNTIME_PRESET,
};

const LOCAL: Preset = Preset {
    name: "Plexus Local",
    id: "plexus_local",
    kind: ChainType::Local,
    genesis: sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET,
};

/// The chain named `dev` or `local` (also without a name), or else the one in a chain spec file.
pub fn load(id: &str, runtime: Option<&Path>) -> Result<Box<dyn ChainSpec>, String> {
    let spec = match id {
        "dev" => DEV.spec(runtime)?,
        "" | "local" => LOCAL.spec(runtime)?,
        path => from_file(Path::new(path))?,
    };
    Ok(Box::new(spec))
}

impl Preset {
    fn spec(&self, runtime: Option<&Path>) -> Result<GenericChainSpec, String> {
        let executable = std::env::current_exe().map_err(|e| format!("Cannot tell where this executable lies: {e}"))?;
        let folder = executable.parent().unwrap_or(Path::new("."));
        let path = find_runtime(runtime, folder)?;
        let wasm = std::fs::read(&path).map_err(|e| format!("Cannot read the runtime at {}: {e}", path.display()))?;
        Ok(GenericChainSpec::builder(&wasm, None)
            .with_name(self.name)
            .with_id(self.id)
            .with_protocol_id("plexus")
            .with_chain_type(self.kind.clone())
            .with_properties(properties())
            .with_genesis_config_preset_name(self.genesis)
            .build())
    }
}

/// How wallets show this chain's accounts and amounts.
fn properties() -> Properties {
    [("ss58Format", 42.into()), ("tokenDecimals", 9.into()), ("tokenSymbol", "PLX".into())]
        .map(|(key, value)| (key.to_string(), value))
        .into_iter()
        .collect()
}

fn from_file(path: &Path) -> Result<GenericChainSpec, String> {
    if !path.is_file() {
        return Err(format!(
            "There is no chain spec at {}. Give --chain the path of a chain spec file, or one of: dev, local.",
            path.display()
        ));
    }
    GenericChainSpec::from_json_file(path.to_path_buf())
        .map_err(|e| format!("{} is not a chain spec of this network: {e}", path.display()))
}

fn find_runtime(named: Option<&Path>, folder: &Path) -> Result<PathBuf, String> {
    let candidates = match named {
        Some(path) => vec![path.to_path_buf()],
        None => BESIDE_EXECUTABLE.map(|path| folder.join(path)).to_vec(),
    };
    candidates.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        let places: Vec<_> = candidates.iter().map(|path| path.display().to_string()).collect();
        format!(
            "There is no runtime at {}. Build it with `make build`, or name a wasm file with --runtime or PLEXUS_RUNTIME.",
            places.join(" nor at ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder_with(file: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"\0asm").unwrap();
        folder
    }

    #[test]
    fn an_installed_runtime_is_found_beside_the_executable() {
        let folder = folder_with(BESIDE_EXECUTABLE[0]);
        assert_eq!(find_runtime(None, folder.path()), Ok(folder.path().join(BESIDE_EXECUTABLE[0])));
    }

    #[test]
    fn a_built_runtime_is_found_below_the_executable() {
        let folder = folder_with(BESIDE_EXECUTABLE[1]);
        assert_eq!(find_runtime(None, folder.path()), Ok(folder.path().join(BESIDE_EXECUTABLE[1])));
    }

    #[test]
    fn a_named_runtime_is_taken_or_refused_but_never_replaced_by_another() {
        let folder = folder_with(BESIDE_EXECUTABLE[0]);
        let named = folder_with("mine.wasm").keep().join("mine.wasm");
        assert_eq!(find_runtime(Some(&named), folder.path()), Ok(named.clone()));
        fs::remove_dir_all(named.parent().unwrap()).unwrap();
        assert!(find_runtime(Some(&named), folder.path()).unwrap_err().contains("mine.wasm"));
    }

    #[test]
    fn a_missing_runtime_is_an_error_that_says_how_to_build_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = find_runtime(None, folder.path()).unwrap_err();
        assert!(error.contains("make build") && error.contains("PLEXUS_RUNTIME"), "{error}");
    }

    #[test]
    fn a_missing_chain_spec_is_an_error_that_names_the_choices() {
        let error = load("no-such-chain", None).err().unwrap();
        assert!(error.contains("no-such-chain") && error.contains("dev, local"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_chain_spec_is_refused() {
        let folder = folder_with("spec.json");
        let path = folder.path().join("spec.json");
        let error = load(path.to_str().unwrap(), None).err().unwrap();
        assert!(error.contains("is not a chain spec"), "{error}");
    }

    #[test]
    fn a_preset_keeps_its_runtime_and_tells_wallets_the_token() {
        let folder = folder_with("mine.wasm");
        let spec = load("dev", Some(&folder.path().join("mine.wasm"))).unwrap();
        assert_eq!((spec.id(), spec.chain_type()), ("plexus_dev", ChainType::Development));
        assert_eq!(spec.properties()["tokenSymbol"], "PLX");
        assert_eq!(spec.properties()["tokenDecimals"], 9);
        assert_eq!(spec.properties()["ss58Format"], 42);
    }
}
