//! Single functions.

use serde_json::{json, Value};
use yuma::consensus::{Electorate, Vote};
use yuma::fixed::Fixed;
use yuma::liquid_alpha::LiquidAlpha;
use yuma::stake::Total;
use yuma::{exp, permits, stake};

/// The cases whose results differ.
pub fn differences(file: &Value) -> Result<Vec<String>, String> {
    let cases = file["cases"].as_array().filter(|cases| !cases.is_empty()).ok_or("the file has no cases")?;
    let check: fn(&Value) -> Vec<(&'static str, Value)> = match file["function"].as_str() {
        Some("fixed_mul_div") => fixed_mul_div,
        Some("u16_conversion") => u16_conversion,
        Some("exp_safe") => exp_safe,
        Some("alpha_sigmoid") => alpha_sigmoid,
        Some("weighted_median") => weighted_median,
        Some("topk_nonzero") => topk_nonzero,
        Some("weights_max_upscale") => weights_max_upscale,
        Some("stake_share") => stake_share,
        Some("emission_split") => emission_split,
        other => return Err(format!("nothing here checks the function {other:?}")),
    };
    let differs = |case: &Value| check(case).into_iter().find(|(name, found)| case[*name] != *found);
    let report = |case: &Value| differs(case).map(|(name, found)| format!("`{name}` is {found} in {case}"));
    Ok(cases.iter().filter_map(report).collect())
}

fn fixed_mul_div(case: &Value) -> Vec<(&'static str, Value)> {
    let (a, b) = (bits(&case["a"]), bits(&case["b"]));
    vec![("mul", json!((a * b).to_bits())), ("div", json!((a / b).to_bits()))]
}

fn u16_conversion(case: &Value) -> Vec<(&'static str, Value)> {
    let part = || Fixed::proportion(int(&case["u16"]));
    if case.get("proportion").is_some() {
        vec![("proportion", json!(part().to_bits()))]
    } else if case.get("to_u16").is_some() {
        vec![("to_u16", json!(bits(&case["bits"]).to_u16()))]
    } else {
        vec![("round_trip", json!(part().to_u16()))]
    }
}

fn exp_safe(case: &Value) -> Vec<(&'static str, Value)> {
    vec![("exp", json!(exp::exp([bits(&case["x"])])[0].to_bits()))]
}

fn alpha_sigmoid(case: &Value) -> Vec<(&'static str, Value)> {
    let curve = LiquidAlpha::with_curve(int(&case["alpha_low"]), int(&case["alpha_high"]), int(&case["steepness"]));
    let alpha = curve.alpha(bits(&case["consensus"]), bits(&case["weight"]), bits(&case["bond"]));
    vec![("alpha", json!(alpha.to_bits()))]
}

fn weighted_median(case: &Value) -> Vec<(&'static str, Value)> {
    let stake = all_bits(&case["stake"]);
    let mut votes: Vec<Vote> =
        (0..).zip(all_bits(&case["score"])).map(|(voter, score)| Vote::new(voter, score)).collect();
    let median = Electorate::new(stake, Fixed::proportion(int(&case["kappa"]))).median(&mut votes);
    vec![("median", json!(median.to_bits()))]
}

fn topk_nonzero(case: &Value) -> Vec<(&'static str, Value)> {
    vec![("mask", json!(permits::largest(&all_bits(&case["values"]), int(&case["k"]))))]
}

fn weights_max_upscale(case: &Value) -> Vec<(&'static str, Value)> {
    vec![("upscaled", json!(yuma::max_upscale(&list(&case["values"]).map(int).collect::<Vec<u16>>())))]
}

fn stake_share(case: &Value) -> Vec<(&'static str, Value)> {
    let totals: Vec<Total> = list(&case["stake"]).map(|stake| Total::new(int(stake), 0, 0)).collect();
    vec![("share", json!(stake::shares(&totals).iter().map(|share| share.to_bits()).collect::<Vec<_>>()))]
}

fn emission_split(case: &Value) -> Vec<(&'static str, Value)> {
    vec![("out", json!(bits(&case["share"]).share_of(int(&case["rao"]))))]
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn all_bits(value: &Value) -> Vec<Fixed> {
    list(value).map(bits).collect()
}

fn bits(value: &Value) -> Fixed {
    Fixed::from_bits(value.as_i64().expect("bits are 64"))
}

fn int<T: TryFrom<i128>>(value: &Value) -> T {
    let wide = value.as_i64().map(i128::from).or(value.as_u64().map(i128::from)).expect("a whole number");
    T::try_from(wide).ok().expect("a number in range")
}
