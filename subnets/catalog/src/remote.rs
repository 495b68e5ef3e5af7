use crate::copier::copier;
use crate::{CatalogError, Entry, Grader, Settings};
use serde_json::{json, Value};
use std::sync::Arc;
use subnet::AnySolver;
use subnet_remote::{spec, Program, RemoteSolver, RemoteSubnet};

/// Its spec is what every program keeps to; what one of them expects is known once it is asked.
pub const ENTRY: Entry = Entry { spec, schema, chats: false, grader, solver };

/// A program may speak any JSON; what it is, its own pages say.
fn schema() -> Value {
    json!({ "challenge": true, "answer": true })
}

fn grader(settings: &Settings) -> Result<Grader, CatalogError> {
    Ok(Grader { subnet: Arc::new(RemoteSubnet::new(program(settings)?)), chat: None })
}

fn solver(settings: &Settings) -> Result<Arc<dyn AnySolver>, CatalogError> {
    let program = program(settings)?;
    Ok(match &settings.copy_from {
        Some(victim) => copier(victim, program.spec),
        None => Arc::new(RemoteSolver::new(program)),
    })
}

fn program(settings: &Settings) -> Result<Program, CatalogError> {
    let address = settings.program.as_ref().ok_or(CatalogError::NoProgram)?;
    Ok(Program::connect(address)?)
}
