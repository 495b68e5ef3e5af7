//! Hyperparameters as `name=value` pairs.

use crate::amount::Tokens;
use crate::format;
use anyhow::{anyhow, bail, Context, Result};
use primitives::{HyperparamError, Hyperparams, HyperparamsStatus};
use serde_json::{Map, Value};
use std::str::FromStr;

/// The hyperparameters that are amounts, typed and printed in tokens.
const AMOUNTS: [&str; 3] = ["stake_threshold", "min_burn", "max_burn"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: String,
    value: String,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or(format!("`{text}` is not NAME=VALUE, such as tempo=99"))?;
        Ok(Self { name: name.replace('-', "_"), value: value.into() })
    }
}

/// `present` with `settings` changed; refuses unknown names, unfit values and what the chain would refuse.
pub fn apply(present: &Hyperparams, settings: &[Setting]) -> Result<Hyperparams> {
    let mut fields = fields(present)?;
    for Setting { name, value } in settings {
        let Some(field) = fields.get_mut(name) else { bail!("{}", unknown(name, &fields)) };
        *field = parse(name, value)?;
    }
    let params: Hyperparams = serde_json::from_value(Value::Object(fields)).context("a value is out of its range")?;
    params.validate().map_err(|rule| anyhow!("{}", explain(rule)))?;
    Ok(params)
}

fn fields(params: &Hyperparams) -> Result<Map<String, Value>> {
    match serde_json::to_value(params)? {
        Value::Object(fields) => Ok(fields),
        other => bail!("hyperparameters are not an object but {other}: this is a bug, please report it"),
    }
}

fn unknown(name: &str, fields: &Map<String, Value>) -> String {
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    format!("there is no hyperparameter `{name}`; there are: {}", names.join(", "))
}

fn parse(name: &str, value: &str) -> Result<Value> {
    if AMOUNTS.contains(&name) {
        return Ok(value.parse::<Tokens>()?.0.into());
    }
    serde_json::from_str(value)
        .with_context(|| format!("`{value}` is no value for {name}: type an integer, true or false"))
}

fn explain(rule: HyperparamError) -> &'static str {
    match rule {
        HyperparamError::TempoOutOfRange => "tempo must lie between 1 and 360",
        HyperparamError::MaxUidsOutOfRange => "max_uids must lie between 1 and 2048",
        HyperparamError::MaxValidatorsOutOfRange => "max_validators must lie between 1 and max_uids",
        HyperparamError::MinAllowedWeightsTooHigh => "min_allowed_weights must not exceed max_uids",
        HyperparamError::WeightsLimitTooLow => "max_weights_limit times min_allowed_weights must reach 65535",
        HyperparamError::BurnRangeEmpty => "min_burn must be more than 0 and not exceed max_burn",
        HyperparamError::BondsMovingAverageTooHigh => "bonds_moving_average must not exceed 1000000",
        HyperparamError::AlphaRangeEmpty => "alpha_low must not exceed alpha_high",
        HyperparamError::ActivityCutoffTooShort => "activity_cutoff must be at least 1",
        HyperparamError::BurnHalfLifeTooShort => "burn_half_life must be at least 1",
        HyperparamError::BurnIncreaseTooLow => "burn_increase is in thousandths and must be at least 1000",
        HyperparamError::TargetRegistrationsTooLow => "target_registrations_per_interval must be at least 1",
        HyperparamError::AdjustmentIntervalTooShort => "adjustment_interval must be at least 1",
        HyperparamError::DifficultyRangeEmpty => "min_difficulty must be more than 0 and not exceed max_difficulty",
        HyperparamError::CommitRevealIntervalOutOfRange => "commit_reveal_interval must lie between 1 and 100",
    }
}

/// All hyperparameters, one a line, and when their owner may change them.
pub fn listing(params: &Hyperparams, status: &HyperparamsStatus) -> Result<String> {
    let fields = fields(params)?;
    let shown = |name: &str, value: &Value| match value.as_u64() {
        Some(amount) if AMOUNTS.contains(&name) => format!("{} tokens", Tokens(amount)),
        _ => value.to_string(),
    };
    let lock = |name: &str| match status.locked.iter().find(|(locked, _)| locked == name) {
        Some((_, until)) => format!("  (locked until block {until})"),
        None => String::new(),
    };
    let lines = fields.iter().map(|(name, value)| (name.as_str(), shown(name, value) + &lock(name)));
    let title = match status.frozen_until {
        Some(epoch) => format!("hyperparameters (frozen until the epoch in block {epoch})"),
        None => "hyperparameters".into(),
    };
    Ok(format!("{title}\n{}", format::facts(lines)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::TOKEN;

    fn applied(settings: &[&str]) -> Result<Hyperparams> {
        let settings: Vec<Setting> = settings.iter().map(|text| text.parse().unwrap()).collect();
        apply(&Hyperparams::default(), &settings)
    }

    #[test]
    fn what_is_named_changes_and_the_rest_stays() {
        let params = applied(&["tempo=9", "yuma3=true", "max-burn=0.5", "alpha_sigmoid_steepness=-5"]).unwrap();
        let expected = Hyperparams {
            tempo: 9,
            yuma3: true,
            max_burn: TOKEN / 2,
            alpha_sigmoid_steepness: -5,
            ..Default::default()
        };
        assert_eq!(params, expected);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_reason() {
        for (setting, reason) in [
            ("tempo=0", "between 1 and 360"),
            ("tempo=70000", "out of its range"),
            ("commit_reveal_interval=101", "between 1 and 100"),
            ("tempo=fast", "type an integer"),
            ("tempos=9", "activity_cutoff"),
            ("max_burn=-1", "not an amount"),
            ("yuma3=1", "out of its range"),
        ] {
            let error = format!("{:#}", applied(&[setting]).unwrap_err());
            assert!(error.contains(reason), "{setting}: {error}");
        }
        assert!("tempo".parse::<Setting>().is_err());
    }

    const FREE: HyperparamsStatus = HyperparamsStatus { frozen_until: None, locked: Vec::new() };

    #[test]
    fn the_listing_tells_what_cannot_be_changed_now() {
        let status = HyperparamsStatus { frozen_until: Some(17), locked: vec![("tempo".into(), 40)] };
        let listing = listing(&Hyperparams::default(), &status).unwrap();
        assert!(listing.starts_with("hyperparameters (frozen until the epoch in block 17)\n"));
        assert!(listing
            .lines()
            .any(|line| line.starts_with("tempo ") && line.ends_with("360  (locked until block 40)")));
        assert_eq!(listing.matches("locked").count(), 1);
    }

    #[test]
    fn the_listing_names_every_amount_in_tokens() {
        let listing = listing(&Hyperparams::default(), &FREE).unwrap();
        assert!(listing.lines().any(|line| line.starts_with("max_burn ") && line.ends_with(" 100 tokens")));
        assert_eq!(listing.matches("tokens").count(), AMOUNTS.len());
    }
}
