//! Encryption of key files: Argon2i makes a key of the password, XSalsa20-Poly1305 seals the text.

use argon2::{Algorithm, Argon2, Params, Version};
use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};

/// The first bytes of a sealed file; a nonce and the sealed text follow.
pub const PREFIX: &[u8] = b"$NACL";

const NONCE: usize = 24;
/// The format has one salt for all files: what makes guessing dear is memory, 512 MiB in blocks of 1 KiB, and passes.
const SALT: [u8; 16] = [0x13, 0x71, 0x83, 0xdf, 0xf1, 0x5a, 0x09, 0xbc, 0x9c, 0x90, 0xb5, 0x51, 0x87, 0x39, 0xe9, 0xb1];
const MEMORY: u32 = 512 * 1024;
const PASSES: u32 = 8;
const LANES: u32 = 1;

/// Why sealing or opening failed.
pub enum SealError {
    Derivation(String),
    NoRandomness(String),
    /// The password is wrong, or the file was changed.
    Unopened,
}

pub fn seal(text: &[u8], password: &str) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| SealError::NoRandomness(error.to_string()))?;
    let sealed = cipher(password)?.encrypt(Nonce::from_slice(&nonce), text).map_err(|_| SealError::Unopened)?;
    Ok([PREFIX, &nonce, &sealed].concat())
}

/// `file` is a whole file, with its prefix.
pub fn open(file: &[u8], password: &str) -> Result<Vec<u8>, SealError> {
    let body = file.strip_prefix(PREFIX).ok_or(SealError::Unopened)?;
    let (nonce, sealed) = body.split_at_checked(NONCE).ok_or(SealError::Unopened)?;
    cipher(password)?.decrypt(Nonce::from_slice(nonce), sealed).map_err(|_| SealError::Unopened)
}

fn cipher(password: &str) -> Result<XSalsa20Poly1305, SealError> {
    let failed = |error: argon2::Error| SealError::Derivation(error.to_string());
    let mut key = Key::default();
    let params = Params::new(MEMORY, PASSES, LANES, Some(key.len())).map_err(failed)?;
    Argon2::new(Algorithm::Argon2i, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), &SALT, &mut key)
        .map_err(failed)?;
    Ok(XSalsa20Poly1305::new(&key))
}
