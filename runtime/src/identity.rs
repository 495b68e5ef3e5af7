//! What a coldkey says about itself.

use crate::Runtime;
use alloc::string::String;
use pallet_identity::Data;
use primitives::{is_plain, AccountId, Identity};

/// `None` for a coldkey that says nothing.
pub fn identity(coldkey: &AccountId) -> Option<Identity> {
    let info = pallet_identity::IdentityOf::<Runtime>::get(coldkey)?.info;
    Some(Identity {
        name: text(&info.display),
        url: text(&info.web),
        email: text(&info.email),
        matrix: text(&info.riot),
        twitter: text(&info.twitter),
        image: text(&info.image),
    })
}

/// The pallet takes any bytes, and hashes of longer ones: what does not show as itself is left out.
fn text(data: &Data) -> String {
    let Data::Raw(bytes) = data else { return String::new() };
    String::from_utf8_lossy(bytes).chars().filter(|character| is_plain(*character)).collect()
}
