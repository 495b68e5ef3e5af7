//! What every verb gets: where the node is, how to print, and how to see a call through.

use crate::amount::Tokens;
use anyhow::{anyhow, Result};
use chain_client::{Call, Chain, ChainError, Included};
use primitives::Amount;
use serde::Serialize;
use serde_json::{json, Value};
use sp_core::sr25519;
use std::io::Write;
use std::time::Duration;

pub struct Context {
    /// Print one JSON document instead of text for people.
    pub json: bool,
    /// WebSocket URL of the node.
    pub node: String,
}

impl Context {
    pub async fn chain(&self) -> Result<Chain> {
        // No patience: a person who forgot to start the node wants to know at once.
        Chain::connect(&self.node, Duration::ZERO).await.map_err(|error| match error {
            ChainError::Unreachable { url, reason } => anyhow!(
                "no node answers at {url} ({reason}): start a network with `plexus localnet`, or name a node with \
                 --node or PLEXUS_NODE"
            ),
            other => other.into(),
        })
    }

    /// Prints `value` as JSON, or what `text` says about it.
    pub fn show(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        let document = if self.json { serde_json::to_string_pretty(value)? } else { text() };
        print(&document)
    }

    /// Submits `call`, waits until a block holds it, and prints `done` with that block; `facts` join the JSON.
    pub async fn submit(
        &self,
        chain: &Chain,
        signer: &sr25519::Pair,
        call: Call,
        done: &str,
        facts: Value,
    ) -> Result<()> {
        let included = chain.submit(signer, call).await?;
        self.show(&receipt(&included, facts), || format!("{done} (block {})", included.block))
    }
}

/// Prints a line to standard output, which may be a pipe that its reader has closed.
pub fn print(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// Where a call was included, together with `facts`, which must be an object.
pub fn receipt(included: &Included, facts: Value) -> Value {
    let mut receipt = json!({
        "block": included.block,
        "block_hash": included.block_hash,
        "extrinsic_hash": included.extrinsic_hash,
    });
    if let (Some(receipt), Value::Object(facts)) = (receipt.as_object_mut(), facts) {
        receipt.extend(facts);
    }
    receipt
}

/// `12.5 tokens`.
pub fn tokens(amount: Amount) -> String {
    format!("{} tokens", Tokens(amount))
}
