//! The models that answer: the shipped one, and such as a cheat would rather run.

use crate::Result;
use inference::{damage, DeviceChoice, Format, Model};
use std::fs;
use std::path::Path;
use std::sync::Arc;

pub const SHIPPED: &str = "models/tiny";

pub fn shipped(format: Option<Format>) -> Result<Arc<Model>> {
    load(Path::new(SHIPPED), format)
}

pub fn load(folder: &Path, format: Option<Format>) -> Result<Arc<Model>> {
    Ok(Arc::new(Model::load_as(folder, DeviceChoice::Cpu, format)?))
}

/// Every weight off by `noise` of itself.
pub fn off_by(noise: f64) -> Result<Arc<Model>> {
    let folder = tempfile::tempdir()?;
    damage(Path::new(SHIPPED), folder.path(), noise, 1)?;
    load(folder.path(), None)
}

/// Without its last layer.
pub fn smaller() -> Result<Arc<Model>> {
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(SHIPPED)? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            fs::copy(&path, folder.path().join(name))?;
        }
    }
    let path = folder.path().join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
    let layers = config["num_hidden_layers"].as_u64().ok_or("config.json has no number of layers")?;
    config["num_hidden_layers"] = (layers - 1).into();
    fs::write(&path, config.to_string())?;
    load(folder.path(), None)
}
