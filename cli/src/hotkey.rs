//! Which hotkey a verb is about.

use crate::address;
use anyhow::Result;
use daemon::keys::KeyArgs;
use primitives::AccountId;
use sp_core::sr25519;

/// Flags that name a hotkey, and the keys to sign with. Flatten them into a verb's own.
#[derive(clap::Args)]
pub struct HotkeyArgs {
    /// The hotkey; without it, the hotkey of the keys given.
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    hotkey_address: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

impl HotkeyArgs {
    pub fn account(&self) -> Result<AccountId> {
        address::given_or_hotkey(self.hotkey_address.clone(), &self.keys)
    }

    /// Who signs for it.
    pub fn coldkey(&self) -> Result<sr25519::Pair> {
        Ok(self.keys.coldkey()?)
    }
}
