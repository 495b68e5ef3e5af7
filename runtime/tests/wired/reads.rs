//! Listens to what a piece of the runtime asks of the storage.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};
use tracing::{
    field::{Field, Visit},
    Event, Subscriber,
};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// One access, as the state machine reports it.
#[derive(Clone, Default)]
struct Access {
    /// `Get`, `Put` and others.
    method: String,
    /// In hex.
    key: String,
}

impl Visit for Access {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "key" {
            self.key = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "method" {
            self.method = value.into();
        }
    }
}

struct Listener(Arc<Mutex<Vec<Access>>>);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "state" {
            let mut access = Access::default();
            event.record(&mut access);
            self.0.lock().expect("nobody panics while holding it").push(access);
        }
    }
}

/// The storage keys, in hex, that were read and those that were written, with repetitions.
pub struct Accesses {
    pub reads: Vec<String>,
    pub writes: Vec<String>,
}

/// What `run` returns, and its accesses.
pub fn listen<R>(run: impl FnOnce() -> R) -> (R, Accesses) {
    let heard = Arc::default();
    let listener = tracing_subscriber::registry().with(Listener(Arc::clone(&heard)));
    let result = tracing::subscriber::with_default(listener, run);
    let heard = heard.lock().expect("nobody panics while holding it").clone();
    let by = |methods: &[&str]| -> Vec<String> {
        heard.iter().filter(|access| methods.contains(&&*access.method)).map(|access| access.key.clone()).collect()
    };
    (result, Accesses { reads: by(&["Get", "Exists", "Hash"]), writes: by(&["Put", "Append"]) })
}
