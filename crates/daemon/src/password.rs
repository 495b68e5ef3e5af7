//! Passwords of wallet files: from the environment, or asked for on the terminal.

use crate::wallet::WalletError;
use std::io::{stdin, IsTerminal};
use std::path::Path;

/// The environment variable that answers instead of a person.
pub const PASSWORD_VARIABLE: &str = "PLEXUS_PASSWORD";

/// For a file that is encrypted already.
pub fn existing(path: &Path) -> Result<String, WalletError> {
    match std::env::var(PASSWORD_VARIABLE) {
        Ok(password) => Ok(password),
        Err(_) => ask(path, &format!("Password of {}: ", path.display())),
    }
}

/// For a file that is about to be encrypted; asked twice.
pub fn new(path: &Path) -> Result<String, WalletError> {
    if let Ok(password) = std::env::var(PASSWORD_VARIABLE) {
        return Ok(password);
    }
    let password = ask(path, &format!("New password for {}: ", path.display()))?;
    if ask(path, "The same password again: ")? != password {
        return Err(WalletError::PasswordsDiffer);
    }
    Ok(password)
}

fn ask(path: &Path, question: &str) -> Result<String, WalletError> {
    if !stdin().is_terminal() {
        return Err(WalletError::NoPassword(path.into()));
    }
    rpassword::prompt_password(question).map_err(|_| WalletError::NoPassword(path.into()))
}
