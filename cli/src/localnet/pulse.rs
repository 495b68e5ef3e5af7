//! When each process was last heard from.

use super::cast::Role;
use super::services::Service;
use futures::future::join_all;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const EVERY: Duration = Duration::from_secs(1);
/// How long an answer may take to count as a sign of life.
const PATIENCE: Duration = Duration::from_secs(2);

type Seen = Arc<Mutex<HashMap<&'static str, Instant>>>;

/// Asks every service for a sign of life until dropped.
pub struct Pulse {
    seen: Seen,
    task: JoinHandle<()>,
}

impl Pulse {
    pub fn start(services: &[Service]) -> Self {
        let seen = Seen::default();
        let (services, book) = (services.to_vec(), seen.clone());
        let task = tokio::spawn(async move {
            let http = reqwest::Client::new();
            loop {
                join_all(services.iter().map(|service| feel(&http, service, &book))).await;
                tokio::time::sleep(EVERY).await;
            }
        });
        Self { seen, task }
    }

    /// `now`, `4 s ago`, or a dash for one that was never heard from.
    pub fn last_seen(&self, name: &str) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(name).map(|moment| moment.elapsed()) {
            None => "-".into(),
            Some(elapsed) if elapsed < PATIENCE + EVERY => "now".into(),
            Some(elapsed) => format!("{} s ago", elapsed.as_secs()),
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn feel(http: &reqwest::Client, service: &Service, seen: &Seen) {
    let path = if service.actor.role == Role::Validator { "v1/models" } else { "health" };
    let request = http.get(format!("http://{}/{path}", service.address)).timeout(PATIENCE);
    if request.send().await.is_ok() {
        seen.lock().unwrap_or_else(PoisonError::into_inner).insert(service.actor.name, Instant::now());
    }
}
