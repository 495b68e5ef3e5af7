//! Questions of apps that may be asked again: what a miner cannot tell from an app's question is one.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use subnet::Draw;

/// Questions kept, and bytes of all of them; where there is no room the oldest go.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 4 << 20;
/// One round in so many asks an app's question, while there are any: one app alone can fill the pool, with questions
/// whose answers its friends know.
const ONE_IN: usize = 8;

/// In memory only: they are other people's words.
#[derive(Default)]
pub struct Pool {
    /// The oldest first.
    questions: Mutex<VecDeque<Vec<u8>>>,
}

impl Pool {
    /// Keeps the challenge of an app whose sender agreed.
    pub fn put(&self, challenge: Vec<u8>) {
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        questions.push_back(challenge);
        while questions.len() > MOST || questions.iter().map(Vec::len).sum::<usize>() > MOST_BYTES {
            questions.pop_front();
        }
    }

    /// A question for this round, if it is to ask one; each is asked once.
    pub fn take(&self, draw: &mut Draw) -> Option<Vec<u8>> {
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if questions.is_empty() || draw.below(ONE_IN) > 0 {
            return None;
        }
        let place = draw.below(questions.len());
        questions.remove(place)
    }

    pub fn len(&self) -> usize {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use subnet::Seed;

    #[test]
    fn each_question_is_asked_once_and_not_in_every_round() {
        let pool = Pool::default();
        (0..10).for_each(|n| pool.put(vec![n]));
        let mut taken: Vec<_> = (0..200).map(|n| pool.take(&mut Seed([n; 32]).draw())).collect();
        assert!(taken[..20].iter().any(Option::is_none), "some rounds ask their own");
        taken.retain(Option::is_some);
        taken.sort();
        assert_eq!(taken, (0..10).map(|n| Some(vec![n])).collect::<Vec<_>>());
        assert!(pool.is_empty());
    }

    #[test]
    fn most_rounds_ask_their_own_however_many_questions_wait() {
        let pool = Pool::default();
        (0..MOST).for_each(|_| pool.put(vec![1]));
        let taken = (0..=255).filter(|n| pool.take(&mut Seed([*n; 32]).draw()).is_some()).count();
        assert!((1..=256 / 5).contains(&taken), "{taken} of 256");
    }

    #[test]
    fn the_oldest_go_also_after_one_from_their_midst_was_asked() {
        let pool = Pool::default();
        (0..MOST).for_each(|n| pool.put(n.to_string().into_bytes()));
        let taken = (0..=255).find_map(|n| pool.take(&mut Seed([n; 32]).draw())).unwrap();
        (0..500).for_each(|_| pool.put(vec![b'x']));
        let questions = pool.questions.lock().unwrap();
        let left: Vec<_> = questions.iter().filter(|question| **question != b"x").cloned().collect();
        let all: Vec<_> = (0..MOST).map(|n| n.to_string().into_bytes()).filter(|question| *question != taken).collect();
        assert_eq!(left, all[499..]);
    }

    #[test]
    fn however_many_and_large_they_are_the_pool_stays_small() {
        let pool = Pool::default();
        (0..MOST + 5).for_each(|_| pool.put(vec![1]));
        assert_eq!(pool.len(), MOST);
        (0..10).for_each(|_| pool.put(vec![0; MOST_BYTES / 4]));
        assert_eq!(pool.len(), 4);
        pool.put(vec![0; MOST_BYTES + 1]);
        assert!(pool.is_empty());
    }
}
