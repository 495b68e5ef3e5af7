//! Ending an answer at texts that the request names, wherever the tokens' borders lie.

use crate::error::InferenceError;

const MAX_STOPS: usize = 16;
const MAX_BYTES: usize = 1_024;

/// Lets text through up to the first stop string that is complete, and holds back what may become one.
#[derive(Debug)]
pub(crate) struct StopStrings {
    stops: Vec<String>,
    held: String,
}

pub(crate) fn check(stops: &[String]) -> Result<(), InferenceError> {
    let usable = stops.len() <= MAX_STOPS && stops.iter().all(|stop| (1..=MAX_BYTES).contains(&stop.len()));
    usable.then_some(()).ok_or(InferenceError::InvalidStops { most: MAX_STOPS, bytes: MAX_BYTES })
}

impl StopStrings {
    pub(crate) fn new(stops: Vec<String>) -> Self {
        Self { stops, held: String::new() }
    }

    /// Takes further text; returns what can be told of it, and whether the answer ends behind that.
    pub(crate) fn push(&mut self, piece: &str) -> (String, bool) {
        if self.stops.is_empty() {
            return (piece.into(), false);
        }
        self.held.push_str(piece);
        if let Some(start) = self.first_stop() {
            self.held.truncate(start);
            return (std::mem::take(&mut self.held), true);
        }
        let safe = self.held.len() - self.longest_beginning();
        let rest = self.held.split_off(safe);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back for nothing, at the end of the answer.
    pub(crate) fn rest(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Where the stop string begins that is complete first. The earliest end decides, and not the earliest beginning,
    /// so that it does not matter in which pieces the text comes.
    fn first_stop(&self) -> Option<usize> {
        let found = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str()).map(|at| (at + stop.len(), at)));
        found.min().map(|(_, start)| start)
    }

    /// Bytes at the end of the text that are the beginning of a stop string.
    fn longest_beginning(&self) -> usize {
        let ends_with = |stop: &String, bytes: usize| {
            stop.is_char_boundary(bytes) && self.held.as_bytes().ends_with(&stop.as_bytes()[..bytes])
        };
        let longest = |stop: &String| (1..stop.len()).rev().find(|bytes| ends_with(stop, *bytes));
        self.stops.iter().filter_map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told<'a>(stops: &[&str], pieces: impl IntoIterator<Item = &'a str>) -> (String, bool) {
        let mut filter = StopStrings::new(stops.iter().map(|stop| stop.to_string()).collect());
        let mut all = String::new();
        for piece in pieces {
            let (text, stopped) = filter.push(piece);
            all.push_str(&text);
            if stopped {
                return (all, true);
            }
        }
        all.push_str(&filter.rest());
        (all, false)
    }

    #[test]
    fn an_answer_ends_before_the_stop_string() {
        assert_eq!(told(&["\nUser:"], ["Hello", " there\n", "Us", "er: what"]), ("Hello there".into(), true));
        assert_eq!(told(&["\nUser:"], ["Hello", " there\n", "Us"]), ("Hello there\nUs".into(), false));
        assert_eq!(told(&["aab"], ["aa", "ab"]), ("a".into(), true));
        assert_eq!(told(&[], ["any", "thing"]), ("anything".into(), false));
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter_and_no_stop_string_leaks(
            text in "[abé]{0,40}",
            stops in prop::collection::vec("[abé]{1,5}", 1..4),
            cuts in prop::collection::vec(1usize..6, 40),
        ) {
            let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
            let mut pieces = Vec::new();
            let mut rest = text.as_str();
            for cut in cuts {
                let end = rest.char_indices().nth(cut).map_or(rest.len(), |(at, _)| at);
                pieces.push(&rest[..end]);
                rest = &rest[end..];
            }
            pieces.push(rest);
            let (all, stopped) = told(&stops, pieces);
            prop_assert_eq!((all.clone(), stopped), told(&stops, [text.as_str()]));
            prop_assert_eq!(stopped, stops.iter().any(|stop| text.contains(stop)));
            prop_assert!(text.starts_with(&all) && (stopped || all == text));
            prop_assert!(!stops.iter().any(|stop| all.contains(stop)));
        }
    }

    #[test]
    fn useless_stop_strings_are_refused() {
        assert!(check(&[]).is_ok() && check(&["\n".into()]).is_ok());
        assert!(check(&[String::new()]).is_err() && check(&vec!["x".into(); 17]).is_err());
    }
}
