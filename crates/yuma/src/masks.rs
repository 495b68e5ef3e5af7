//! Which stored entries still mean what they meant when they were stored.

use crate::fixed::Fixed;
use crate::matrix::Matrix;
use crate::types::Input;

/// The weights that count, not yet normalised: a stored `u16` is that many units in the last place.
///
/// `permits` are the current ones. An entry `(j, w)` of row `i` counts if
/// - `i` has a permit,
/// - `j` is a neuron, and not `i` itself unless `i` is the owner,
/// - `j` registered before `i` last set weights,
/// - `j` registered no later than `i`'s oldest open commit, if it has one.
pub fn weights(input: &Input, permits: &[bool]) -> Matrix {
    let entries = input.weights.iter().zip(permits).filter(|(_, permit)| **permit).map(|(row, _)| row.len()).sum();
    let mut weights = Matrix::with_capacity(permits.len(), entries);
    for (uid, row) in input.weights.iter().enumerate() {
        if permits[uid] {
            weights.extend_row(row, meant(input, uid), |weight| Fixed::from_bits(i64::from(weight)));
        }
        weights.end_row();
    }
    weights
}

/// Whether the weight of `uid` towards a target counts.
fn meant(input: &Input, uid: usize) -> impl Fn(u16) -> bool + '_ {
    let set_at = input.last_update[uid];
    let committed_at = input.commit_block.as_ref().and_then(|blocks| blocks[uid]).unwrap_or(u64::MAX);
    let own = if input.owner_uid.map(usize::from) == Some(uid) { None } else { Some(uid) };
    move |target| {
        let known = input.block_at_registration.get(usize::from(target));
        let in_time = known.is_some_and(|&registered| registered < set_at && registered <= committed_at);
        in_time && Some(usize::from(target)) != own
    }
}

/// The block from which on a registration voids the bonds towards a neuron: the one after the last epoch, or one tempo
/// ago if there was none.
pub fn bonds_void_from(input: &Input, tempo: u16) -> u64 {
    match input.last_step_block {
        0 => input.current_block.saturating_sub(u64::from(tempo)),
        last => last.saturating_add(1),
    }
}

/// The old bonds of one neuron towards those who registered before `void_from`, as stored.
///
/// Stored uids that no longer exist are kept: they count as registered at block 0.
pub fn old_bonds(input: &Input, uid: usize, void_from: u64) -> impl Iterator<Item = (u16, u16)> + '_ {
    let registered = |target: u16| input.block_at_registration.get(usize::from(target)).copied().unwrap_or(0);
    let row = input.bonds.get(uid).map_or(&[][..], |row| row.as_slice());
    row.iter().copied().filter(move |&(target, _)| registered(target) < void_from)
}

/// Whether old bonds towards a target count: it is there, and registered before `void_from`.
pub fn bond_counts(input: &Input, void_from: u64) -> impl Fn(u16) -> bool + '_ {
    move |target| input.block_at_registration.get(usize::from(target)).is_some_and(|block| *block < void_from)
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn bonds_towards_unknown_uids_pass_as_the_oldest_of_all() {
        let input = Input {
            current_block: 10,
            last_step_block: 5,
            owner_uid: None,
            emission: 0,
            alpha_stake: vec![1],
            tao_stake: vec![0],
            last_update: vec![0],
            block_at_registration: vec![6],
            commit_block: None,
            validator_permit: vec![true],
            weights: vec![vec![]],
            bonds: vec![vec![(0, 1), (4, 2)]],
        };
        assert_eq!(old_bonds(&input, 0, bonds_void_from(&input, 3)).collect::<Vec<_>>(), [(4, 2)]);
        assert_eq!(old_bonds(&input, 0, 7).count(), 2);
        assert_eq!(old_bonds(&input, 0, 0).count(), 0);
    }
}
