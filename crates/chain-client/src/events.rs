//! What one extrinsic did, read out of its block's events.
//!
//! The library's own reader copies the whole metadata for every event; an epoch emits hundreds.

use crate::{advice::advice, ChainError};
use codec::{Compact, Decode};
use primitives::NetUid;
use scale_decode::visitor::{decode_with_visitor, IgnoreVisitor};
use sp_core::H256;
use sp_runtime::{ArithmeticError, DispatchError, DispatchResult, ModuleError, TokenError};
use substrate_api_client::ac_node_api::{Metadata, Phase};

/// What [`crate::Chain::submit`] wants to know of the events.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub subnet_created: Option<NetUid>,
    pub motion_proposed: Option<u32>,
}

struct Event<'a> {
    phase: Phase,
    pallet: &'a str,
    name: &'a str,
    fields: &'a [u8],
}

/// Reads `System.Events` of a block; an error if the extrinsic at `index` failed, or did what it wraps
/// in `Sudo.sudo`, or the motion that it carried.
pub(crate) fn effects(events: &[u8], index: u32, metadata: &Metadata) -> Result<Effects, ChainError> {
    let mut effects = Effects::default();
    for event in read(events, metadata)? {
        if event.phase != Phase::ApplyExtrinsic(index) {
            continue;
        }
        match (event.pallet, event.name) {
            ("System", "ExtrinsicFailed") => return Err(rejection(decode(event.fields)?, metadata)),
            ("Sudo", "Sudid") => {
                decode::<DispatchResult>(event.fields)?.map_err(|error| rejection(error, metadata))?;
            }
            ("Governance", "Executed") => {
                let (_motion, result): (u32, DispatchResult) = decode(event.fields)?;
                result.map_err(|error| rejection(error, metadata))?;
            }
            ("Governance", "Proposed") => effects.motion_proposed = Some(decode(event.fields)?),
            ("Subnets", "Created") => effects.subnet_created = Some(decode(event.fields)?),
            _ => {}
        }
    }
    Ok(effects)
}

fn read<'a>(events: &'a [u8], metadata: &'a Metadata) -> Result<Vec<Event<'a>>, ChainError> {
    let mut rest = events;
    let Compact(count) = Compact::<u32>::decode(&mut rest).map_err(unreadable)?;
    let mut read = Vec::new();
    for _ in 0..count {
        read.push(read_one(&mut rest, metadata)?);
    }
    Ok(read)
}

fn read_one<'a>(rest: &mut &'a [u8], metadata: &'a Metadata) -> Result<Event<'a>, ChainError> {
    let (phase, pallet, variant) = <(Phase, u8, u8)>::decode(rest).map_err(unreadable)?;
    let pallet = metadata.pallet_by_index(pallet).ok_or_else(|| unreadable("unknown pallet"))?;
    let variant = pallet.event_variant_by_index(variant).ok_or_else(|| unreadable("unknown event"))?;
    let from_fields_on = *rest;
    for field in &variant.fields {
        decode_with_visitor(rest, field.ty.id, metadata.types(), IgnoreVisitor::new()).map_err(unreadable)?;
    }
    let fields = &from_fields_on[..from_fields_on.len() - rest.len()];
    Vec::<H256>::decode(rest).map_err(unreadable)?;
    Ok(Event { phase, pallet: pallet.name(), name: &variant.name, fields })
}

fn decode<T: Decode>(mut fields: &[u8]) -> Result<T, ChainError> {
    T::decode(&mut fields).map_err(unreadable)
}

fn unreadable(reason: impl ToString) -> ChainError {
    ChainError::VersionMismatch(format!("the block's events are not understood ({})", reason.to_string()))
}

fn rejection(error: DispatchError, metadata: &Metadata) -> ChainError {
    let named = |pallet: &str, error: String, docs: &str| ChainError::Rejected {
        pallet: pallet.into(),
        error,
        docs: docs.into(),
    };
    match error {
        DispatchError::Module(error) => pallet_rejection(error, metadata),
        DispatchError::Token(error) => named("Token", format!("{error:?}"), token_advice(error)),
        DispatchError::Arithmetic(ArithmeticError::Underflow) => {
            named("Runtime", format!("{error:?}"), "The amount is more than there is: see `plexus balance`.")
        }
        DispatchError::BadOrigin => named(
            "Runtime",
            "BadOrigin".into(),
            "This account may not do this: sign with the key that the call is for.",
        ),
        other => named("Runtime", format!("{other:?}"), other.into()),
    }
}

fn pallet_rejection(error: ModuleError, metadata: &Metadata) -> ChainError {
    let pallet = metadata.pallet_by_index(error.index);
    let variant = pallet.and_then(|pallet| pallet.error_variant_by_index(error.error[0]));
    let (Some(pallet), Some(variant)) = (pallet, variant) else {
        let (index, error) = (error.index, error.error[0]);
        return ChainError::VersionMismatch(format!(
            "the node's error {error} of pallet {index} is not in its metadata"
        ));
    };
    let docs = sentence(pallet.name(), &variant.name, &variant.docs);
    ChainError::Rejected { pallet: pallet.name().into(), error: variant.name.clone(), docs }
}

/// What a person is told: advice where the runtime's own words have none.
fn sentence(pallet: &str, error: &str, docs: &[String]) -> String {
    match (advice(pallet, error), docs.join(" ").trim()) {
        (Some(advice), _) => advice.into(),
        (None, "") => "The runtime refused the call.".into(),
        (None, docs) => docs.into(),
    }
}

/// One way in which a call can fail, and what a person is told then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub pallet: String,
    pub error: String,
    pub sentence: String,
}

/// All that the runtime's pallets can answer to a call.
pub(crate) fn failures(metadata: &Metadata) -> Vec<Failure> {
    let mut failures = Vec::new();
    for pallet in metadata.pallets() {
        failures.extend(pallet.error_variants().unwrap_or_default().iter().map(|error| Failure {
            pallet: pallet.name().into(),
            error: error.name.clone(),
            sentence: sentence(pallet.name(), &error.name, &error.docs),
        }));
    }
    failures
}

fn token_advice(error: TokenError) -> &'static str {
    match error {
        TokenError::FundsUnavailable => "The account does not hold that many free tokens: see `plexus balance`.",
        TokenError::NotExpendable | TokenError::OnlyProvider => {
            "The account would be left with less than it needs to exist: keep a little more in it."
        }
        TokenError::BelowMinimum | TokenError::CannotCreate | TokenError::CannotCreateHold => {
            "The receiving account does not exist yet and this amount is too small to open it: send more."
        }
        TokenError::Frozen => "These tokens are frozen: wait until they are free again.",
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use scripted_node::metadata::{fixture, module_error, Record};

    fn effects_of(records: &[Record]) -> Result<Effects, ChainError> {
        effects(&records.encode(), 1, &fixture())
    }

    fn failure(error: DispatchError) -> String {
        effects_of(&[Record::failed(1, error)]).unwrap_err().to_string()
    }

    #[test]
    fn a_rejection_speaks_in_the_docs_of_the_runtimes_error() {
        let error = effects_of(&[Record::failed(1, module_error())]).unwrap_err();
        let expected = ChainError::Rejected {
            pallet: "Subnets".into(),
            error: "NotOwner".into(),
            docs: "Only the owner may do this; sign with the owner's coldkey.".into(),
        };
        assert_eq!(error, expected);
        assert_eq!(error.to_string(), "Only the owner may do this; sign with the owner's coldkey. (Subnets.NotOwner)");
    }

    #[test]
    fn a_failure_of_another_extrinsic_is_not_ours() {
        let records = [Record::failed(0, module_error()), Record::created(1, NetUid(5))];
        assert_eq!(effects_of(&records), Ok(Effects { subnet_created: Some(NetUid(5)), ..Effects::default() }));
    }

    #[test]
    fn what_sudo_wraps_may_fail_although_sudo_itself_succeeds() {
        let error = effects_of(&[Record::sudid(1, Err(module_error()))]).unwrap_err();
        assert!(matches!(error, ChainError::Rejected { pallet, .. } if pallet == "Subnets"));
        assert_eq!(effects_of(&[Record::sudid(1, Ok(()))]), Ok(Effects::default()));
    }

    #[test]
    fn a_motion_is_named_when_it_is_proposed_and_may_fail_when_it_is_carried() {
        let proposed = Effects { motion_proposed: Some(4), ..Effects::default() };
        assert_eq!(effects_of(&[Record::proposed(1, 4)]), Ok(proposed));
        let error = effects_of(&[Record::executed(1, 4, Err(module_error()))]).unwrap_err();
        assert!(matches!(error, ChainError::Rejected { pallet, .. } if pallet == "Subnets"));
        assert_eq!(effects_of(&[Record::executed(1, 4, Ok(()))]), Ok(Effects::default()));
    }

    #[test]
    fn errors_of_the_runtime_itself_say_what_to_do() {
        assert!(failure(DispatchError::BadOrigin).contains("sign with the key that the call is for"));
        assert!(failure(DispatchError::Token(TokenError::FundsUnavailable)).contains("plexus balance"));
        assert!(failure(DispatchError::Token(TokenError::NotExpendable)).contains("keep a little more"));
        assert!(failure(DispatchError::Arithmetic(ArithmeticError::Overflow)).contains("overflow"));
    }

    #[test]
    fn an_error_that_the_metadata_does_not_know_is_a_version_mismatch() {
        let unknown = DispatchError::Module(ModuleError { index: 8, error: [99, 0, 0, 0], message: None });
        assert!(failure(unknown).contains("node and client versions differ"));
    }

    #[test]
    fn truncated_events_are_an_error_and_no_panic() {
        let records = vec![Record::created(1, NetUid(5))].encode();
        for length in 0..records.len() {
            assert!(effects(&records[..length], 1, &fixture()).is_err(), "{length}");
        }
    }
}
