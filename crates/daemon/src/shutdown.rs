//! Ending a process in good order.

use tokio::signal::unix::{signal as listen, SignalKind};
use tokio_util::sync::CancellationToken;

/// What a shell reports of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Cancelled by SIGINT (Ctrl-C) or SIGTERM; a second signal ends the process at once. Must be called within a tokio
/// runtime.
pub fn signal() -> CancellationToken {
    let token = CancellationToken::new();
    let stopping = token.clone();
    let catch = |kind| listen(kind).expect("neither SIGINT nor SIGTERM is a forbidden signal");
    let (mut interrupt, mut terminate) = (catch(SignalKind::interrupt()), catch(SignalKind::terminate()));
    tokio::spawn(async move {
        for first in [true, false] {
            let name = tokio::select! {
                _ = interrupt.recv() => "SIGINT",
                _ = terminate.recv() => "SIGTERM",
            };
            if !first {
                std::process::exit(INTERRUPTED);
            }
            tracing::info!("{name}: shutting down; once more to stop at once");
            stopping.cancel();
        }
    });
    token
}
