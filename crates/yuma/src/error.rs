//! What makes an input no subnet at all.

use alloc::vec::Vec;
use core::fmt;

use crate::types::{Input, Rows};

/// Why [`run`](crate::run) refused an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// A list has not one element per neuron.
    Length { list: &'static str, expected: usize, found: usize },
    /// More neurons than uids.
    TooManyNeurons { found: usize },
    /// The owner's uid is none of the neurons'.
    UnknownOwner { uid: u16, neurons: usize },
    /// A row names a uid twice.
    RepeatedEntry { list: &'static str, row: usize, uid: u16 },
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { list, expected, found } => {
                write!(f, "`{list}` has {found} elements for {expected} neurons; give one per neuron")
            }
            Self::TooManyNeurons { found } => {
                write!(f, "{found} neurons are more than uids can name; give at most {}", u16::MAX)
            }
            Self::UnknownOwner { uid, neurons } => {
                write!(f, "the owner's uid {uid} is not among {neurons} neurons; give one below, or none")
            }
            Self::RepeatedEntry { list, row, uid } => {
                write!(f, "row {row} of `{list}` names uid {uid} twice; merge the two entries into one")
            }
        }
    }
}

impl core::error::Error for InputError {}

/// Refuses an input whose parts do not fit together.
pub fn check(input: &Input) -> Result<(), InputError> {
    let neurons = input.alpha_stake.len();
    if neurons > usize::from(u16::MAX) {
        return Err(InputError::TooManyNeurons { found: neurons });
    }
    let lengths = [
        ("tao_stake", input.tao_stake.len()),
        ("last_update", input.last_update.len()),
        ("block_at_registration", input.block_at_registration.len()),
        ("commit_block", input.commit_block.as_ref().map_or(neurons, Vec::len)),
        ("validator_permit", input.validator_permit.len()),
        ("weights", input.weights.len()),
        ("bonds", input.bonds.len()),
    ];
    if let Some(&(list, found)) = lengths.iter().find(|(_, found)| *found != neurons) {
        return Err(InputError::Length { list, expected: neurons, found });
    }
    if let Some(uid) = input.owner_uid.filter(|uid| usize::from(*uid) >= neurons) {
        return Err(InputError::UnknownOwner { uid, neurons });
    }
    no_repeats("weights", &input.weights)?;
    no_repeats("bonds", &input.bonds)
}

fn no_repeats(list: &'static str, rows: &Rows) -> Result<(), InputError> {
    for (row, entries) in rows.iter().enumerate() {
        if let Some(uid) = repeated(entries) {
            return Err(InputError::RepeatedEntry { list, row, uid });
        }
    }
    Ok(())
}

fn repeated(entries: &[(u16, u16)]) -> Option<u16> {
    // Rows are nearly always stored in strictly ascending order, which one look shows.
    if entries.windows(2).fold(true, |ascending, pair| ascending & (pair[0].0 < pair[1].0)) {
        return None;
    }
    let mut uids: Vec<u16> = entries.iter().map(|entry| entry.0).collect();
    uids.sort_unstable();
    uids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}
