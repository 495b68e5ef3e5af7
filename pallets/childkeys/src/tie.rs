//! What a hotkey lends and borrows in one subnet, as pure functions.

use alloc::{collections::BTreeSet, vec::Vec};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use primitives::{mul_div, AccountId, Amount, BlockNumber, Loan, Proportion};
use scale_info::TypeInfo;

/// Children of one hotkey in one subnet, at most.
pub const MAX_CHILDREN: u32 = 5;
/// Parents of one hotkey in one subnet, at most: each of them is paid in an epoch.
pub const MAX_PARENTS: u32 = 16;

/// Everything about one hotkey in one subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Tie {
    pub children: BoundedVec<Loan, ConstU32<MAX_CHILDREN>>,
    pub parents: BoundedVec<Loan, ConstU32<MAX_PARENTS>>,
    /// What its owner keeps of the dividends that it earns for its parents, as a share of `u16::MAX`.
    pub take: Proportion,
    pub children_set_at: Option<BlockNumber>,
    pub take_set_at: Option<BlockNumber>,
}

/// The first rule that a list of children breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    TooMany,
    Oneself,
    Twice,
    Nothing,
    MoreThanAll,
}

/// Whether `parent` may lend like this.
pub fn check(parent: &AccountId, children: &[Loan]) -> Result<(), Broken> {
    let mut seen = BTreeSet::new();
    let sum = children.iter().try_fold(0, |sum: u64, loan| sum.checked_add(loan.proportion));
    let rules = [
        (children.len() <= MAX_CHILDREN as usize, Broken::TooMany),
        (children.iter().all(|loan| loan.hotkey != *parent), Broken::Oneself),
        (children.iter().all(|loan| seen.insert(&loan.hotkey)), Broken::Twice),
        (children.iter().all(|loan| loan.proportion > 0), Broken::Nothing),
        (sum.is_some(), Broken::MoreThanAll),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        Some((_, broken)) => Err(broken),
        None => Ok(()),
    }
}

/// Base units of `stake` that a loan moves, rounded down. Loans that sum to at most all never move more than `stake`.
pub fn lent(stake: Amount, proportion: u64) -> Amount {
    mul_div(stake, proportion, u64::MAX).unwrap_or_default()
}

impl Tie {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Writes `new` where `old` stands at the other end of a loan.
    pub fn rename(&mut self, old: &AccountId, new: &AccountId) {
        let loans = self.children.iter_mut().chain(self.parents.iter_mut());
        loans.filter(|loan| loan.hotkey == *old).for_each(|loan| loan.hotkey = new.clone());
    }

    /// What is left to a hotkey with `stake` after its loans.
    pub fn kept(&self, stake: Amount) -> Option<Amount> {
        self.children.iter().try_fold(stake, |left, loan| left.checked_sub(lent(stake, loan.proportion)))
    }

    /// What each parent contributes, given their stakes in the order of `parents`.
    pub fn borrowed(&self, stakes: &[Amount]) -> Vec<Amount> {
        self.parents.iter().zip(stakes).map(|(loan, stake)| lent(*stake, loan.proportion)).collect()
    }

    /// What the hotkey weighs, given its own stake and its parents'.
    pub fn weight(&self, stake: Amount, parents: &[Amount]) -> Option<Amount> {
        self.borrowed(parents).into_iter().try_fold(self.kept(stake)?, Amount::checked_add)
    }
}

/// What becomes of a validator's dividends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// To those who stake on the hotkey itself.
    pub own: Amount,
    /// To the hotkey's owner.
    pub take: Amount,
    /// To those who stake on each parent.
    pub parents: Vec<Amount>,
}

/// Shares `amount` in proportion to what was contributed; rounding stays with the hotkey. `None` when a sum overflows.
pub fn split(amount: Amount, own: Amount, borrowed: &[Amount], take: Proportion) -> Option<Split> {
    let total = borrowed.iter().try_fold(own, |sum: Amount, part| sum.checked_add(*part))?;
    let mut split = Split { own: amount, take: 0, parents: Vec::with_capacity(borrowed.len()) };
    for part in borrowed {
        let gross = mul_div(amount, *part, total).unwrap_or_default();
        let kept = mul_div(gross, take.into(), Proportion::MAX.into())?;
        split.own = split.own.checked_sub(gross)?;
        split.take = split.take.checked_add(kept)?;
        split.parents.push(gross.checked_sub(kept)?);
    }
    Some(split)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u64 = u64::MAX / 2;

    fn account(byte: u8) -> AccountId {
        AccountId::new([byte; 32])
    }

    fn loan(proportion: u64, byte: u8) -> Loan {
        Loan { proportion, hotkey: account(byte) }
    }

    #[test]
    fn what_is_lent_and_kept_is_the_whole_stake() {
        let children = [loan(HALF, 1), loan(HALF, 2), loan(1, 3)];
        assert_eq!(check(&account(9), &children), Ok(()));
        let tie = Tie { children: children.to_vec().try_into().unwrap(), ..Default::default() };
        for stake in [0, 1, 3, 1_000_000_007, u64::MAX] {
            let given: u64 = children.iter().map(|loan| lent(stake, loan.proportion)).sum();
            assert_eq!(tie.kept(stake).unwrap() + given, stake);
        }
    }

    #[test]
    fn each_rule_about_children_names_what_it_refuses() {
        let parent = account(9);
        assert_eq!(check(&parent, &[loan(1, 9)]), Err(Broken::Oneself));
        assert_eq!(check(&parent, &[loan(1, 1), loan(2, 1)]), Err(Broken::Twice));
        assert_eq!(check(&parent, &[loan(0, 1)]), Err(Broken::Nothing));
        assert_eq!(check(&parent, &[loan(u64::MAX, 1), loan(1, 2)]), Err(Broken::MoreThanAll));
        let six: Vec<_> = (1..=6).map(|byte| loan(1, byte)).collect();
        assert_eq!(check(&parent, &six), Err(Broken::TooMany));
        assert_eq!(check(&parent, &[]), Ok(()));
    }

    #[test]
    fn dividends_follow_the_contributions_and_no_unit_is_lost() {
        let split = split(1_000, 100, &[200, 33], 6_554).unwrap();
        assert_eq!(split.parents, [600 - 60, 99 - 9]);
        assert_eq!(split.take, 60 + 9);
        assert_eq!(split.own, 1_000 - 600 - 99);
        assert_eq!(split.own + split.take + split.parents.iter().sum::<u64>(), 1_000);
    }

    #[test]
    fn a_hotkey_that_nobody_lends_to_keeps_all() {
        assert_eq!(split(1_000, 0, &[], 11_796), Some(Split { own: 1_000, take: 0, parents: Vec::new() }));
        assert_eq!(split(1_000, 0, &[0], 11_796), Some(Split { own: 1_000, take: 0, parents: alloc::vec![0] }));
    }
}
