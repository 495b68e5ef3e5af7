//! Accounts as people type them.

use anyhow::Result;
use daemon::keys::KeyArgs;
use primitives::AccountId;
use sp_core::crypto::{Pair, Ss58AddressFormat, Ss58Codec};
use sp_core::sr25519;

/// The address format of this network.
const FORMAT: u16 = 42;

/// Reads an address such as `5GrwvaEF…`, or the public side of a development key such as `//Alice`.
pub fn parse(text: &str) -> std::result::Result<AccountId, String> {
    if text.starts_with("//") {
        let pair = sr25519::Pair::from_string(text, None).map_err(|_| format!("`{text}` is not a development key"))?;
        return Ok(pair.public().into());
    }
    let (account, format) = AccountId::from_ss58check_with_version(text).map_err(|_| {
        format!("`{text}` is not an address: copy it again, it starts with 5 and has 48 letters and digits")
    })?;
    if format != Ss58AddressFormat::custom(FORMAT) {
        return Err(format!("`{text}` is an address of another network: here it is written {account}"));
    }
    Ok(account)
}

pub fn given_or_coldkey(given: Option<AccountId>, keys: &KeyArgs) -> Result<AccountId> {
    Ok(given.map_or_else(|| keys.coldkey_account(), Ok)?)
}

pub fn given_or_hotkey(given: Option<AccountId>, keys: &KeyArgs) -> Result<AccountId> {
    Ok(given.map_or_else(|| keys.hotkey_account(), Ok)?)
}

/// The first and the last four characters: enough to tell accounts apart in a table.
pub fn short(account: &AccountId) -> String {
    let full = account.to_string();
    format!("{}…{}", &full[..4], &full[full.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

    #[test]
    fn an_address_and_a_development_key_name_the_same_account() {
        assert_eq!(parse(ALICE), parse("//Alice"));
        assert_eq!(parse(ALICE).map(|account| short(&account)), Ok("5Grw…utQY".into()));
    }

    #[test]
    fn a_mistyped_address_is_refused() {
        assert!(parse(&ALICE.replace('Q', "R")).is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn an_address_of_another_network_is_refused_with_its_form_here() {
        let elsewhere = parse(ALICE).unwrap().to_ss58check_with_version(Ss58AddressFormat::custom(0));
        assert!(parse(&elsewhere).unwrap_err().contains(ALICE));
    }
}
