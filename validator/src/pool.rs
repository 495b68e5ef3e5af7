//! Questions of apps that may be asked again: what a miner cannot tell from an app's question is one.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use subnet::Draw;

/// Bytes that a question counts at least.
const LEAST: usize = 8 << 10;
/// Bytes of all questions; where there is no room the oldest go of whoever has most.
const ROOM: usize = 1_000 * LEAST;
/// Bytes of one client's questions.
const ROOM_OF_ONE: usize = ROOM / 10;
/// One round in so many asks an app's question, where several clients leave some. Its sender's friends may know the answer,
/// so that the questions of one client are asked in one round of [`ONE_IN`] times [`FEW`] only, however many they are.
const ONE_IN: usize = 8;
const FEW: usize = 4;

/// Where a question came from, as far as that can be told apart: an address, or the network of 64 bits around it that one
/// subscriber gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(IpAddr);

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address => address,
        })
    }
}

/// In memory only: they are other people's words.
#[derive(Default)]
pub struct Pool(Mutex<Questions>);

impl Pool {
    /// Keeps the challenge of an app whose sender, `client`, agreed.
    pub fn put(&self, client: Client, challenge: Vec<u8>) {
        self.lock().put(client, challenge);
    }

    /// A question for this round, if it is to ask one; each is asked once, and all clients' alike.
    pub fn take(&self, draw: &mut Draw) -> Option<Vec<u8>> {
        self.lock().take(draw)
    }

    pub fn len(&self) -> usize {
        self.lock().of.values().map(VecDeque::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The questions of each client, the oldest first; none has none.
#[derive(Default)]
struct Questions {
    of: BTreeMap<Client, VecDeque<Vec<u8>>>,
}

impl Questions {
    fn put(&mut self, client: Client, challenge: Vec<u8>) {
        self.of.entry(client).or_default().push_back(challenge);
        while self.of.get(&client).is_some_and(|own| size(own) > ROOM_OF_ONE) {
            self.remove(client, 0);
        }
        while self.of.values().map(size).sum::<usize>() > ROOM {
            let Some(most) = self.of.iter().max_by_key(|(_, own)| size(own)).map(|(client, _)| *client) else { return };
            self.remove(most, 0);
        }
    }

    fn take(&mut self, draw: &mut Draw) -> Option<Vec<u8>> {
        let clients = self.of.len();
        if draw.below(ONE_IN * FEW) >= clients.min(FEW) {
            return None;
        }
        let (client, own) = self.of.iter().nth(draw.below(clients))?;
        let (client, place) = (*client, draw.below(own.len()));
        self.remove(client, place)
    }

    fn remove(&mut self, client: Client, place: usize) -> Option<Vec<u8>> {
        let own = self.of.get_mut(&client)?;
        let question = own.remove(place);
        if own.is_empty() {
            self.of.remove(&client);
        }
        question
    }
}

fn size(questions: &VecDeque<Vec<u8>>) -> usize {
    questions.iter().map(|question| question.len().max(LEAST)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use subnet::Seed;

    /// Small questions of one client, and of all.
    const MOST_OF_ONE: usize = ROOM_OF_ONE / LEAST;
    const MOST: usize = ROOM / LEAST;

    fn client(n: u32) -> Client {
        IpAddr::from(Ipv4Addr::from_bits(n)).into()
    }

    /// What so many rounds take.
    fn rounds(pool: &Pool, count: u16) -> Vec<Option<Vec<u8>>> {
        (0..count).map(|n| pool.take(&mut Seed::of(&[&n.to_le_bytes()]).draw())).collect()
    }

    fn asked(pool: &Pool, count: u16) -> Vec<Vec<u8>> {
        rounds(pool, count).into_iter().flatten().collect()
    }

    #[test]
    fn each_question_is_asked_once_and_not_in_every_round() {
        let pool = Pool::default();
        (0..10).for_each(|n| pool.put(client(n), vec![n as u8]));
        let mut taken = rounds(&pool, 1_000);
        assert!(taken[..20].iter().any(Option::is_none), "some rounds ask their own");
        taken.retain(Option::is_some);
        taken.sort();
        assert_eq!(taken, (0..10).map(|n| Some(vec![n])).collect::<Vec<_>>());
        assert!(pool.is_empty());
    }

    #[test]
    fn most_rounds_ask_their_own_however_many_clients_leave_questions() {
        let pool = Pool::default();
        (0..MOST as u32).for_each(|n| pool.put(client(n), vec![1]));
        let taken = asked(&pool, 800).len();
        assert!((60..=140).contains(&taken), "{taken} of 800");
    }

    #[test]
    fn one_client_is_asked_for_in_one_round_of_32_whether_it_is_alone_or_not() {
        for others in 0..3 {
            let pool = Pool::default();
            (0..MOST_OF_ONE).for_each(|_| pool.put(client(0), b"mine".to_vec()));
            (1..=others).for_each(|n| (0..3).for_each(|_| pool.put(client(n), b"theirs".to_vec())));
            let mine = asked(&pool, 1_600).into_iter().filter(|question| question == b"mine").count();
            assert!((25..=75).contains(&mine), "{mine} of 1,600 beside {others}");
        }
    }

    #[test]
    fn a_flood_of_one_client_pushes_nobody_elses_questions_out() {
        let pool = Pool::default();
        (1..100).for_each(|n| pool.put(client(n), b"theirs".to_vec()));
        (0..2 * MOST).for_each(|_| pool.put(client(0), b"mine".to_vec()));
        (0..10).for_each(|_| pool.put(client(0), vec![0; ROOM_OF_ONE]));
        assert_eq!(pool.len(), 99 + 1, "its last question and all of the others");
    }

    #[test]
    fn where_there_is_no_room_the_oldest_go_of_whoever_has_most() {
        let pool = Pool::default();
        (0..MOST_OF_ONE).for_each(|n| pool.put(client(0), n.to_le_bytes().to_vec()));
        // Half as many each, so that no room is left.
        let others = 1..=2 * (MOST / MOST_OF_ONE) as u32 - 2;
        others.clone().for_each(|n| (0..MOST_OF_ONE / 2).for_each(|_| pool.put(client(n), vec![1])));
        (0..20).for_each(|_| pool.put(client(1_000), vec![1]));
        let left = pool.lock();
        assert_eq!(left.of.values().map(VecDeque::len).sum::<usize>(), MOST);
        assert!(others.clone().all(|n| left.of[&client(n)].len() == MOST_OF_ONE / 2));
        assert_eq!((left.of[&client(1_000)].len(), left.of[&client(0)].len()), (20, MOST_OF_ONE - 20));
        assert_eq!(left.of[&client(0)][0], 20_usize.to_le_bytes());
    }

    #[test]
    fn however_many_and_large_they_are_the_pool_stays_small() {
        let pool = Pool::default();
        (0..MOST as u32 + 5).for_each(|n| pool.put(client(n), vec![1]));
        assert_eq!(pool.len(), MOST);
        (0..40).for_each(|n| pool.put(client(n), vec![0; ROOM_OF_ONE]));
        let bytes: usize = pool.lock().of.values().flatten().map(Vec::len).sum();
        assert!(bytes <= ROOM, "{bytes}");
        let alone = Pool::default();
        alone.put(client(0), vec![0; ROOM_OF_ONE + 1]);
        assert!(alone.is_empty());
    }

    #[test]
    fn a_subscriber_is_one_client_whichever_of_its_addresses_it_takes() {
        let client = |address: &str| Client::from(address.parse::<IpAddr>().unwrap());
        assert_eq!(client("2001:db8:1:2::3"), client("2001:db8:1:2:ffff::9"));
        assert_ne!(client("2001:db8:1:2::3"), client("2001:db8:1:3::3"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }
}
