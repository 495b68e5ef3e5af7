use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts connections, all together and of each address.
pub struct Places {
    most: u32,
    most_per_address: u32,
    free: Arc<Semaphore>,
    held: Mutex<HashMap<IpAddr, u32>>,
}

/// A connection's right to exist, given back when dropped.
pub struct Place {
    pub _free: OwnedSemaphorePermit,
    pub _share: Share,
}

/// One connection of an address.
pub struct Share {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    pub fn new(most: u32, most_per_address: u32) -> Self {
        Self { most, most_per_address, free: Arc::new(Semaphore::new(most as usize)), held: Mutex::default() }
    }

    /// Waits until there is room for one more connection.
    pub async fn free(&self) -> OwnedSemaphorePermit {
        self.free.clone().acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Waits until all connections have ended.
    pub async fn all_free(&self) {
        let _all = self.free.acquire_many(self.most).await.expect("the semaphore is never closed");
    }

    /// None if `address` holds as many connections as it may.
    pub fn share(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let mut held = self.lock();
        let count = held.get(&address).copied().unwrap_or(0);
        (count < self.most_per_address).then(|| {
            held.insert(address, count + 1);
            Share { places: self.clone(), address }
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.places.lock();
        match held.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_the_place_of_another_and_leaves_no_trace() {
        let places = Arc::new(Places::new(10, 2));
        let [one, other] = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
        let held = [places.share(one), places.share(one)];
        assert!(held.iter().all(Option::is_some));
        assert!(places.share(one).is_none());
        assert!(places.share(other).is_some());
        drop(held);
        assert!(places.lock().is_empty());
        assert!(places.share(one).is_some());
    }
}
