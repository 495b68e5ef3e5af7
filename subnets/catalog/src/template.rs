use crate::copier::copier;
use crate::{CatalogError, Entry, Grader, Settings};
use std::sync::Arc;
use subnet::{schema, AnySolver};
use subnet_template::{spec, TemplateSolver, TemplateSubnet};

pub const ENTRY: Entry = Entry { spec, schema: schema::<TemplateSubnet>, chats: false, grader, solver };

fn grader(_: &Settings) -> Result<Grader, CatalogError> {
    Ok(Grader { subnet: Arc::new(TemplateSubnet), chat: None })
}

fn solver(settings: &Settings) -> Result<Arc<dyn AnySolver>, CatalogError> {
    Ok(match &settings.copy_from {
        Some(victim) => copier(victim, spec()),
        None => Arc::new(TemplateSolver),
    })
}
