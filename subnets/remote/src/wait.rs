//! Waiting for a call from where nothing is async, as graders are.

use std::future::Future;
use std::{io, thread};
use tokio::runtime;

/// The outcome of `call`, which runs on a thread of its own: the caller may itself be one of a runtime's.
pub fn wait<T: Send>(call: impl Future<Output = T> + Send) -> io::Result<T> {
    let run = || Ok(runtime::Builder::new_current_thread().enable_all().build()?.block_on(call));
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("program".into()).spawn_scoped(scope, run)?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the call panicked")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_is_waited_for_from_within_a_runtime() {
        assert_eq!(wait(async { tokio::task::yield_now().await }).ok(), Some(()));
    }

    #[test]
    fn a_call_that_panics_is_an_error() {
        assert!(wait::<()>(async { panic!("on purpose") }).is_err());
    }
}
