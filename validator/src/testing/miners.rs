//! Miners of every kind on real sockets, with a seat.

use crate::ask::Miner;
use primitives::Axon;
use sp_core::Pair;
use std::net::SocketAddr;

pub use echo::{bind, pair, Habit, Server};

pub fn miner(uid: u16, name: &str, address: SocketAddr) -> Miner {
    Miner { uid, hotkey: pair(name).public().into(), axon: Axon::new(address, protocol::VERSION) }
}

/// Signs whatever its habit makes of a challenge, as a miner should.
pub async fn signed(uid: u16, name: &str, habit: Habit) -> Miner {
    miner(uid, name, Server::signed(pair(name), habit).await.for_good())
}

/// Accepts and says nothing, for ever.
pub async fn silent(uid: u16, name: &str) -> Miner {
    miner(uid, name, Server::silent().await.for_good())
}

/// Hangs up on everybody.
pub async fn rude(uid: u16, name: &str) -> Miner {
    miner(uid, name, Server::rude().await.for_good())
}
