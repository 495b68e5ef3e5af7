use crate::chat::TextChat;
use crate::{CatalogError, CopyFrom, Entry, Grader, Settings};
use inference::{DeviceChoice, Limits, Model};
use protocol::{solve_path, Client};
use std::sync::Arc;
use subnet::{AnySolver, Peer};
use subnet_text::{spec, BackendSolver, CopySolver, ModelSolver, TextSubnet};

pub const ENTRY: Entry = Entry { spec, grader, solver };

fn grader(settings: &Settings) -> Result<Grader, CatalogError> {
    let model = load(settings)?;
    Ok(Grader { subnet: Arc::new(TextSubnet::new(model.clone())), chat: Some(Arc::new(TextChat(model))) })
}

fn solver(settings: &Settings) -> Result<Arc<dyn AnySolver>, CatalogError> {
    let model = load(settings)?;
    if let Some(victim) = &settings.copy_from {
        return Ok(Arc::new(CopySolver::new(peer(victim), model)));
    }
    if !settings.backends.is_empty() {
        return Ok(Arc::new(BackendSolver::new(model, &settings.backends)?));
    }
    let solver = ModelSolver::new(model, Limits { cache_bytes: settings.cache_bytes, ..Limits::default() });
    Ok(match &settings.claim {
        Some(folder) => Arc::new(solver.claiming(&Model::load(folder, DeviceChoice::Cpu)?)),
        None => Arc::new(solver),
    })
}

fn load(settings: &Settings) -> Result<Arc<Model>, CatalogError> {
    Ok(Arc::new(Model::load_as(&settings.model, settings.device(), settings.format)?))
}

fn peer(victim: &CopyFrom) -> Peer {
    let CopyFrom { netuid, hotkey, axon, pair } = victim.clone();
    Peer { client: Client::new(pair), hotkey, axon, path: solve_path(netuid), spec: spec() }
}
