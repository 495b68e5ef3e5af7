use crate::chat::TextChat;
use crate::copier::peer;
use crate::{CatalogError, Entry, Grader, Settings};
use inference::{DeviceChoice, Limits, Model};
use std::sync::Arc;
use subnet::{schema, AnySolver};
use subnet_text::{spec, BackendSolver, CopySolver, ModelSolver, TextSubnet};

pub const ENTRY: Entry = Entry { spec, schema: schema::<TextSubnet>, chats: true, grader, solver };

fn grader(settings: &Settings) -> Result<Grader, CatalogError> {
    let model = load(settings)?;
    Ok(Grader { subnet: Arc::new(TextSubnet::new(model.clone())), chat: Some(Arc::new(TextChat(model))) })
}

fn solver(settings: &Settings) -> Result<Arc<dyn AnySolver>, CatalogError> {
    let model = load(settings)?;
    if let Some(victim) = &settings.copy_from {
        return Ok(Arc::new(CopySolver::new(peer(victim, spec()), model)));
    }
    if !settings.backends.is_empty() {
        return Ok(Arc::new(BackendSolver::new(model, &settings.backends)?));
    }
    let solver = ModelSolver::new(model, limits(settings));
    Ok(match &settings.claim {
        Some(folder) => Arc::new(solver.claiming(&Model::load(folder, DeviceChoice::Cpu)?)),
        None => Arc::new(solver),
    })
}

fn limits(settings: &Settings) -> Limits {
    let usual = Limits::default();
    Limits { running: settings.running.unwrap_or(usual.running), cache_bytes: settings.cache_bytes, ..usual }
}

fn load(settings: &Settings) -> Result<Arc<Model>, CatalogError> {
    Ok(Arc::new(Model::load_as(&settings.model, settings.device(), settings.format)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_answers_as_many_at_once_as_the_operator_says() {
        let of = |running| limits(&Settings { running, ..Settings::default() }).running;
        assert_eq!([of(Some(7)), of(None)], [7, Limits::default().running]);
    }
}
