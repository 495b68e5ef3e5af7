//! Settings in layers: flags over environment over file over defaults.

use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::{Empty, Value};
use figment::Figment;
use serde::de::DeserializeOwned;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there is no config file {0}: correct --config, or leave it out")]
    NoFile(PathBuf),
    #[error("the settings cannot be used: {0}")]
    Unusable(String),
}

/// Reads `T` from, in rising order: its own serde defaults, the TOML `file`, environment variables that start with
/// `env_prefix` (`PLEXUS_MINER_NETUID=1` sets `netuid`), and `flags`, of which those that are null were not given.
pub fn load<T: DeserializeOwned>(
    file: Option<&Path>,
    env_prefix: &str,
    flags: impl Serialize,
) -> Result<T, ConfigError> {
    let mut layers = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            return Err(ConfigError::NoFile(file.into()));
        }
        layers = layers.merge(Toml::file_exact(file));
    }
    let unusable = |error: figment::Error| ConfigError::Unusable(error.to_string());
    let mut given = Value::serialize(flags).map_err(unusable)?;
    drop_nulls(&mut given);
    layers.merge(Env::prefixed(env_prefix)).merge(Serialized::defaults(given)).extract().map_err(unusable)
}

fn drop_nulls(value: &mut Value) {
    if let Value::Dict(_, fields) = value {
        fields.retain(|_, value| !matches!(value, Value::Empty(_, Empty::None)));
        fields.values_mut().for_each(drop_nulls);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::fs;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(default)]
    struct Settings {
        netuid: u16,
        listen: String,
        rate: u32,
        model: String,
    }

    #[derive(Default, Serialize)]
    struct Flags {
        netuid: Option<u16>,
        listen: Option<String>,
    }

    impl Default for Settings {
        fn default() -> Self {
            Self { netuid: 0, listen: "default".into(), rate: 0, model: "default".into() }
        }
    }

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plexus.toml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let (_folder, path) = file("netuid = 1\nlisten = 'file'\nrate = 1");
        std::env::set_var("LAYERED_NETUID", "2");
        std::env::set_var("LAYERED_LISTEN", "environment");
        let flags = Flags { netuid: Some(3), listen: None };
        let settings: Settings = load(Some(&path), "LAYERED_", flags).unwrap();
        let expected = Settings { netuid: 3, listen: "environment".into(), rate: 1, model: "default".into() };
        assert_eq!(settings, expected);
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_place() {
        let (_folder, path) = file("netuid = 'many'");
        let error = load::<Settings>(Some(&path), "WRONG_", Flags::default()).unwrap_err().to_string();
        assert!(error.contains("netuid") && error.contains("plexus.toml"), "{error}");
    }

    #[test]
    fn a_missing_file_is_an_error_and_not_a_default() {
        let error =
            load::<Settings>(Some(Path::new("/nowhere/plexus.toml")), "MISSING_", Flags::default()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/plexus.toml"));
    }
}
