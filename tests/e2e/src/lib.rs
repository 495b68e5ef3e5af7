//! Spawns the real binaries, as a user would, and waits on conditions.
//!
//! Everything runs on free ports in a temporary folder, and every process ends with the test that started it.

mod network;
mod nodes;
mod overlay;
mod page;
mod process;
pub mod rpc;
mod shell;

pub use network::{account, hotkey_of, pair, Network, SUBNET};
pub use nodes::{address, client, start_node, write_raw_spec, write_spec};
pub use overlay::Overlay;
pub use page::{commands, free_port};
pub use process::{binary, model, plexus, project, Output, Running};

use std::future::Future;
use std::time::{Duration, Instant};

/// How long a condition may take on a busy machine before the test gives up.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Asks again until `probe` finds something; panics with `what` when [`PATIENCE`] ends.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut probe: impl FnMut() -> F) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
