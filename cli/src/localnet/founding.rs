//! The chain's part of the stage: a subnet with its rules, a seat for everyone, stake for the validators, and a root
//! network on which they let the subnet have the emission.

use super::cast::{account, players, Actor, Role, CAST, OWNER_COLDKEY, OWNER_HOTKEY};
use anyhow::{Context, Result};
use chain_client::{Call, Chain};
use futures::future::try_join_all;
use primitives::{Hyperparams, Metagraph, NetUid, TOKEN};
use sp_core::{sr25519, Pair};

/// What each validator puts behind its hotkey: enough that what it earns here changes no majority.
const STAKE: u64 = 10_000 * TOKEN;
/// The most that a seat may cost.
const MAX_BURN: u64 = TOKEN;

/// Rules that show in a minute what takes hours at the pace of a public network.
fn local_pace(defaults: Hyperparams) -> Hyperparams {
    Hyperparams {
        tempo: 9,
        weights_rate_limit: 5,
        serving_rate_limit: 1,
        immunity_period: 10,
        activity_cutoff: 50_000,
        max_registrations_per_block: CAST.len() as u16,
        target_registrations_per_interval: CAST.len() as u16,
        ..defaults
    }
}

pub async fn create_subnet(chain: &Chain) -> Result<NetUid> {
    let owner = key(OWNER_COLDKEY)?;
    let created = chain.submit(&owner, Call::CreateSubnet { owner_hotkey: account(OWNER_HOTKEY)? }).await?;
    let netuid = created.subnet_created.context("the chain created a subnet without naming it")?;
    let params = local_pace(chain.metagraph(netuid).await?.subnet.hyperparams);
    chain.submit(&owner, Call::SetHyperparams { netuid, params }).await?;
    Ok(netuid)
}

/// Gives everyone a seat, and the validators stake. Coldkeys act side by side, each one's calls in turn.
pub async fn seat_everyone(chain: &Chain, netuid: NetUid, chats: bool) -> Result<()> {
    let mut coldkeys: Vec<&str> = players(chats).map(|actor| actor.coldkey).collect();
    coldkeys.dedup();
    try_join_all(coldkeys.into_iter().map(|coldkey| seat(chain, netuid, coldkey, chats))).await?;
    Ok(())
}

async fn seat(chain: &Chain, netuid: NetUid, coldkey: &str, chats: bool) -> Result<()> {
    let signer = key(coldkey)?;
    for actor in players(chats).filter(|actor| actor.coldkey == coldkey) {
        let (name, hotkey) = (actor.name, actor.account()?);
        let register = Call::Register { netuid, hotkey: hotkey.clone(), max_burn: MAX_BURN };
        chain.submit(&signer, register).await.with_context(|| format!("cannot register {name}"))?;
        if actor.role == Role::Validator {
            let stake = Call::AddStake { hotkey, amount: STAKE };
            chain.submit(&signer, stake).await.with_context(|| format!("cannot stake {name}"))?;
        }
    }
    Ok(())
}

/// Seats the validators on root, where all their weight is on the subnet.
pub async fn found_root(chain: &Chain, netuid: NetUid) -> Result<()> {
    let validators = CAST.iter().filter(|actor| actor.role == Role::Validator);
    try_join_all(validators.map(|validator| seat_on_root(chain, netuid, validator))).await?;
    Ok(())
}

async fn seat_on_root(chain: &Chain, netuid: NetUid, validator: &Actor) -> Result<()> {
    let name = validator.name;
    let register = Call::RegisterRoot { hotkey: validator.account()? };
    chain.submit(&key(validator.coldkey)?, register).await.with_context(|| format!("cannot seat {name} on root"))?;
    let weights = Call::SetRootWeights { netuids: vec![netuid], values: vec![u16::MAX] };
    chain
        .submit(&key(validator.hotkey)?, weights)
        .await
        .with_context(|| format!("cannot set {name}'s root weights"))?;
    Ok(())
}

/// Waits for the root epoch from which on the subnet gets anything.
pub async fn first_share(chain: &Chain, netuid: NetUid) -> Result<Metagraph> {
    let mut blocks = chain.follow();
    loop {
        let metagraph = chain.metagraph(netuid).await?;
        if metagraph.subnet.share > 0 {
            return Ok(metagraph);
        }
        blocks.changed().await.context("the chain is no longer followed")?;
    }
}

fn key(suri: &str) -> Result<sr25519::Pair> {
    sr25519::Pair::from_string(suri, None).with_context(|| format!("{suri} is not a development key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_pace_is_valid_and_seats_everyone_at_once() {
        let params = local_pace(Hyperparams::default());
        assert_eq!(params.validate(), Ok(()));
        assert!(usize::from(params.max_registrations_per_block) >= CAST.len());
    }
}
