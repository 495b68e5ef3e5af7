//! The engines behind one miner: which of them work, and which is least busy.

use super::dialect::Dialect;
use super::engine::{self, Asked, BackendError, Position};
use reqwest::{Client, StatusCode};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use subnet::EngineReport;
use tracing::{info, warn};

/// Pause between two looks at all engines.
const CHECK_EVERY: Duration = Duration::from_secs(2);
/// How many likely tokens are asked for; where an engine refuses, the next fewer. vLLM gives 20 unless it is started with
/// more `--max-logprobs`.
const TOPS: [usize; 3] = [100, 20, 5];

pub struct Replicas {
    http: Client,
    all: Vec<Replica>,
    /// Looks that answers have asked for, and how many of these have been served.
    asked: AtomicU64,
    served: tokio::sync::Mutex<u64>,
}

struct Replica {
    url: String,
    /// Answers that it works on.
    busy: AtomicUsize,
    /// The step of [`TOPS`] that it has accepted last.
    top: AtomicUsize,
    state: Mutex<State>,
}

enum State {
    Up { model: String, dialect: Dialect },
    Down(BackendError),
}

/// An engine in use for one answer.
pub struct Lease {
    replicas: Arc<Replicas>,
    index: usize,
    model: String,
    dialect: Dialect,
}

impl Replicas {
    /// Looks after the engines at `urls` for as long as the result is in use.
    pub fn watched(urls: &[String]) -> Result<Arc<Self>, BackendError> {
        let all = urls.iter().map(|url| Replica::new(url)).collect::<Result<Vec<_>, _>>()?;
        let replicas = Arc::new(Self { http: engine::client(), all, asked: 0.into(), served: 0.into() });
        tokio::spawn(watch(Arc::downgrade(&replicas)));
        Ok(replicas)
    }

    /// The least busy engine that works, besides the one that `not` holds. Where there is none, all are looked at once more,
    /// and that one will do too.
    pub async fn lease(self: &Arc<Self>, not: Option<Lease>) -> Result<Lease, BackendError> {
        let not = not.map(|lease| lease.index);
        if self.least_busy(not).is_none() {
            self.look().await;
        }
        let chosen = self.least_busy(not).or_else(|| self.least_busy(None));
        let (index, (model, dialect)) = chosen.ok_or_else(|| self.none_up())?;
        self.all[index].busy.fetch_add(1, Ordering::Relaxed);
        Ok(Lease { replicas: self.clone(), index, model, dialect })
    }

    fn least_busy(&self, not: Option<usize>) -> Option<(usize, (String, Dialect))> {
        let others = self.all.iter().enumerate().filter(|(index, _)| Some(*index) != not);
        let able = others.filter_map(|(index, replica)| Some((index, replica.serves()?)));
        able.min_by_key(|(index, _)| self.all[*index].busy.load(Ordering::Relaxed))
    }

    /// Looks at all engines, once for all who wait for it.
    async fn look(&self) {
        let mine = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut served = self.served.lock().await;
        if *served <= mine {
            let waiting = self.asked.load(Ordering::Relaxed);
            self.check().await;
            *served = waiting;
        }
    }

    fn none_up(&self) -> BackendError {
        let reasons = self.all.iter().filter_map(|replica| match &*replica.state() {
            State::Down(error) => Some(error.to_string()),
            State::Up { .. } => None,
        });
        BackendError::NoneUp(reasons.collect::<Vec<_>>().join("; "))
    }

    async fn check(&self) {
        futures::future::join_all(self.all.iter().map(|replica| replica.check(&self.http))).await;
    }

    pub fn report(&self) -> Vec<EngineReport> {
        let report = |replica: &Replica| EngineReport {
            url: replica.url.clone(),
            up: replica.is_up(),
            answering: replica.busy.load(Ordering::Relaxed),
        };
        self.all.iter().map(report).collect()
    }
}

async fn watch(replicas: Weak<Replicas>) {
    while let Some(replicas) = replicas.upgrade() {
        replicas.check().await;
        drop(replicas);
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

impl Replica {
    fn new(url: &str) -> Result<Self, BackendError> {
        let url = engine::base(url)?;
        let unknown = BackendError::Unreachable { url: url.clone(), reason: "not asked yet".into() };
        let (busy, top) = Default::default();
        Ok(Self { url, busy, top, state: Mutex::new(State::Down(unknown)) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_up(&self) -> bool {
        matches!(*self.state(), State::Up { .. })
    }

    async fn check(&self, http: &Client) {
        match engine::served(http, &self.url).await {
            Ok((model, dialect)) => {
                if !self.is_up() {
                    self.top.store(0, Ordering::Relaxed);
                    info!(engine = %self.url, model, "the engine works");
                }
                *self.state() = State::Up { model, dialect };
            }
            Err(error) => self.take_out(&error),
        }
    }

    fn take_out(&self, error: &BackendError) {
        let before = std::mem::replace(&mut *self.state(), State::Down(error.clone()));
        if !matches!(before, State::Down(known) if known == *error) {
            warn!(engine = %self.url, "{error}; it is left out until it works again");
        }
    }

    fn serves(&self) -> Option<(String, Dialect)> {
        match &*self.state() {
            State::Up { model, dialect } => Some((model.clone(), *dialect)),
            State::Down(_) => None,
        }
    }
}

impl Lease {
    /// As many likely tokens as the engine gives are asked for.
    pub async fn ask(&self, asked: &Asked<'_>) -> Result<Vec<Position>, BackendError> {
        let replica = self.replica();
        let speech = (self.model.as_str(), self.dialect);
        let mut step = replica.top.load(Ordering::Relaxed);
        loop {
            match engine::ask(&self.replicas.http, &replica.url, speech, asked, TOPS[step]).await {
                Err(BackendError::Refused { status: StatusCode::BAD_REQUEST, .. }) if step + 1 < TOPS.len() => {
                    step += 1
                }
                Ok(positions) => {
                    replica.top.store(step, Ordering::Relaxed);
                    return Ok(positions);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Leaves the engine out until a look at it finds it working, if it is the engine that failed; answers that are on their
    /// way there go on.
    pub fn failed(&self, error: &BackendError) {
        if error.is_outage() {
            self.replica().take_out(error);
        }
    }

    pub fn unusable(&self, reason: String) -> BackendError {
        engine::unusable(&self.replica().url, reason)
    }

    fn replica(&self) -> &Replica {
        &self.replicas.all[self.index]
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.replica().busy.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_no_engine_works_the_error_names_them_and_says_what_to_do() {
        let urls = ["http://127.0.0.1:9", "http://127.0.0.1:10"].map(str::to_owned);
        let error = Replicas::watched(&urls).unwrap().lease(None).await.err().unwrap().to_string();
        assert!(urls.iter().all(|url| error.contains(url)) && error.contains("--backend"), "{error}");
    }

    #[tokio::test]
    async fn an_engine_that_is_taken_out_keeps_the_answers_on_their_way() {
        let replicas = Replicas::watched(&["http://127.0.0.1:9".to_owned()]).unwrap();
        *replicas.all[0].state() = State::Up { model: "tiny".into(), dialect: Dialect::Generate };
        let [one, other] = [replicas.lease(None).await.unwrap(), replicas.lease(None).await.unwrap()];
        one.failed(&BackendError::Unreachable { url: String::new(), reason: String::new() });
        assert!(!replicas.all[0].is_up());
        assert_eq!((other.model.as_str(), other.dialect), ("tiny", Dialect::Generate));
    }
}
