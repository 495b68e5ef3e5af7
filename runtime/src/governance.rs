//! Who runs the network, in one value each: what the runtime API answers.

use crate::{Authorities, Governance, Session, System};
use frame_support::traits::SortedMembers;
use primitives::{AccountId, AuthoritiesInfo, AuthorityInfo, BlockNumber, GovernanceInfo};
use sp_runtime::traits::Get;

pub fn governance() -> GovernanceInfo {
    Governance::info(crate::Triumvirate::sorted_members())
}

pub fn authorities() -> AuthoritiesInfo {
    let (block, length) = (System::block_number(), <Authorities as Get<BlockNumber>>::get());
    let (listed, active) = (Authorities::authorities(), Session::validators());
    let leaving = active.iter().filter(|account| !listed.contains(account));
    let authorities = listed.iter().chain(leaving).map(|account: &AccountId| AuthorityInfo {
        account: account.clone(),
        listed: listed.contains(account),
        active: active.contains(account),
    });
    AuthoritiesInfo {
        block,
        session: Session::current_index(),
        next_session: block
            .checked_add(1)
            .and_then(|next| next.checked_next_multiple_of(length))
            .unwrap_or(BlockNumber::MAX),
        authorities: authorities.collect(),
    }
}
