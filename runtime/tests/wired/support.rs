//! What tests of several rules do alike.

use crate::chain::*;
use chain_traits::{Dividends, Rewards};
use frame_support::traits::fungible::Mutate;
use frame_system::limits::BlockWeights;
use plexus_runtime::{Balances, Childkeys, Emission, Runtime, RuntimeCall, Stake};
use primitives::{Amount, Loan, NetUid};

/// What the calls and hooks of a block may weigh.
pub fn limits() -> BlockWeights {
    <Runtime as frame_system::Config>::BlockWeights::get()
}

pub fn transfer(to: &str, value: Amount) -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive { dest: account(to).into(), value }.into()
}

/// Lends these parts, of `u64::MAX`, of a hotkey's stake to these children.
pub fn lend(netuid: NetUid, coldkey: &str, parent: &str, children: &[(u64, &str)]) -> Result<(), Refused> {
    let loan = |&(proportion, child): &(u64, &str)| Loan { proportion, hotkey: account(child) };
    let children = children.iter().map(loan).collect();
    submit(coldkey, pallet_childkeys::Call::set_children { netuid, hotkey: account(parent), children })
}

/// Gives an amount, newly minted, to a hotkey as its dividends, at once.
pub fn pay_dividends(hotkey: &str, amount: Amount) {
    let pot = Emission::pot();
    Balances::mint_into(&pot, amount).expect("minted");
    Stake::receive(&pot, amount).expect("received");
    Childkeys::share(SUBNET, &account(hotkey), amount).expect("paid");
}
