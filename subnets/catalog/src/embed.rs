use crate::copier::copier;
use crate::{CatalogError, Entry, Grader, Settings};
use std::sync::Arc;
use subnet::{schema, AnySolver};
use subnet_embed::{spec, EmbedSolver, EmbedSubnet, Encoder};

pub const ENTRY: Entry = Entry { spec, schema: schema::<EmbedSubnet>, chats: false, grader, solver };

fn grader(settings: &Settings) -> Result<Grader, CatalogError> {
    Ok(Grader { subnet: Arc::new(EmbedSubnet::new(load(settings)?)), chat: None })
}

fn solver(settings: &Settings) -> Result<Arc<dyn AnySolver>, CatalogError> {
    Ok(match &settings.copy_from {
        Some(victim) => copier(victim, spec()),
        None => Arc::new(EmbedSolver::new(load(settings)?)),
    })
}

fn load(settings: &Settings) -> Result<Arc<Encoder>, CatalogError> {
    Ok(Arc::new(Encoder::load(&settings.model, settings.cuda)?))
}
