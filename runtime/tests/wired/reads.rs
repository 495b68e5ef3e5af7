//! Listens to what a piece of the runtime asks of the storage.

use std::{cell::RefCell, collections::BTreeSet, fmt::Debug, sync::Once};
use tracing::{
    field::{Field, Visit},
    subscriber::Interest,
    Event, Metadata, Subscriber,
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

thread_local! {
    /// What this thread's storage was asked for since it began to listen.
    static HEARD: RefCell<Option<Vec<Access>>> = const { RefCell::new(None) };
}

/// One for the whole process: a subscriber that comes and goes with a test races with the tests beside it for what
/// `tracing` remembers of a callsite.
struct Listener;

impl<S: Subscriber> Layer<S> for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == "state" {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "state" && HEARD.with_borrow(Option::is_some)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut access = Access::default();
        event.record(&mut access);
        HEARD.with_borrow_mut(|heard| heard.get_or_insert_default().push(access));
    }
}

/// The storage keys, in hex, that were read and those that were written, with repetitions.
pub struct Accesses {
    pub reads: Vec<String>,
    pub writes: Vec<String>,
}

impl Accesses {
    /// How many different keys were read, and how many were written.
    pub fn distinct(&self) -> (u64, u64) {
        (distinct(&self.reads), distinct(&self.writes))
    }
}

fn distinct(keys: &[String]) -> u64 {
    keys.iter().collect::<BTreeSet<_>>().len() as u64
}

/// What `run` returns, and its accesses.
pub fn listen<R>(run: impl FnOnce() -> R) -> (R, Accesses) {
    static LISTENER: Once = Once::new();
    LISTENER.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Listener)).expect("the only one")
    });
    // Who met an event first while the listener was being put in place holds that nobody listens.
    tracing::callsite::rebuild_interest_cache();
    HEARD.set(Some(Vec::new()));
    let result = run();
    let heard = HEARD.take().unwrap_or_default();
    let by = |methods: &[&str]| -> Vec<String> {
        heard.iter().filter(|access| methods.contains(&&*access.method)).map(|access| access.key.clone()).collect()
    };
    (result, Accesses { reads: by(&["Get", "Exists", "Hash"]), writes: by(&["Put", "Append"]) })
}
