//! The models that answer: a true one, and such as a cheat would rather run.

use crate::Result;
use inference::{damage, DeviceChoice, Format, Model};
use std::fs;
use std::path::Path;
use std::sync::Arc;

pub const SHIPPED: &str = "models/tiny";

pub fn load(folder: &Path, format: Option<Format>) -> Result<Arc<Model>> {
    Ok(Arc::new(Model::load_as(folder, DeviceChoice::Cpu, format)?))
}

/// The same on the first NVIDIA GPU, if there is one and the example was built with `--features inference/cuda`.
pub fn on_gpu(folder: &Path) -> Result<Arc<Model>> {
    Ok(Arc::new(Model::load_as(folder, DeviceChoice::Cuda(0), None)?))
}

/// Every weight of the model in a folder off by `noise` of itself.
pub fn off_by(original: &Path, noise: f64) -> Result<Arc<Model>> {
    let folder = tempfile::tempdir()?;
    damage(original, folder.path(), noise, 1)?;
    load(folder.path(), None)
}

/// The model in a folder without its last layer.
pub fn smaller(original: &Path) -> Result<Arc<Model>> {
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(original)? {
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
