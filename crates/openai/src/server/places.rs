//! How many requests are served at a time, and how many of them are prepared.

use super::{busy, internal};
use crate::error::ApiError;
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// A place for a request, from its body on until it is answered.
pub type Place = OwnedSemaphorePermit;

pub struct Places {
    /// One for each request that may be open.
    open: Arc<Semaphore>,
    /// One for each core.
    preparing: Arc<Semaphore>,
}

impl Places {
    pub fn new(most: usize) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { open: Arc::new(Semaphore::new(most)), preparing: Arc::new(Semaphore::new(cores)) }
    }

    pub fn free(&self) -> usize {
        self.open.available_permits()
    }

    pub fn take(&self) -> Result<Place, ApiError> {
        let place = self.open.clone().try_acquire_owned();
        place.map_err(|_| busy("too many requests are open here; try again in a second"))
    }

    /// Runs what a parser, a tokenizer or a grammar takes its time for. Nothing ends such work early, so it has the place
    /// until it is done, also when the app has hung up.
    pub async fn prepare<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<(T, Place), ApiError> {
        let turn = self.preparing.clone().acquire_owned().await.map_err(internal)?;
        let prepared = spawn_blocking(move || {
            let _turn = turn;
            work().map(|prepared| (prepared, place))
        });
        prepared.await.map_err(internal)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use tokio::task::yield_now;

    #[tokio::test]
    async fn who_hangs_up_keeps_the_place_for_as_long_as_the_work_goes_on() {
        let places = Arc::new(Places::new(1));
        let ((begun, begins), (go, goes)) = (mpsc::channel(), mpsc::channel::<()>());
        let (place, own) = (places.take().unwrap(), places.clone());
        let work = move || {
            begun.send(()).unwrap();
            goes.recv().map_err(internal)
        };
        let handler = tokio::spawn(async move { own.prepare(place, work).await.map(drop) });
        while begins.try_recv().is_err() {
            yield_now().await;
        }
        handler.abort();
        assert!(handler.await.unwrap_err().is_cancelled());
        assert!(places.take().is_err());
        go.send(()).unwrap();
        while places.free() == 0 {
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn only_so_much_is_prepared_at_a_time() {
        let places = Places::new(1);
        let cores = places.preparing.available_permits() as u32;
        let all = places.preparing.clone().acquire_many_owned(cores).await.unwrap();
        let mut prepared = Box::pin(places.prepare(places.take().unwrap(), || Ok(7)));
        assert!(futures::poll!(&mut prepared).is_pending());
        assert!(places.preparing.available_permits() == 0 && places.free() == 0);
        drop(all);
        assert_eq!(prepared.await.unwrap().0, 7);
    }
}
