//! The story that a run has to tell, as pure functions of what was seen.

use super::cast::Role;
use super::standing::{Reply, Standing, Supply};
use crate::amount::Tokens;
use primitives::Amount;
use serde::Serialize;

/// A cheat must earn less than one part in this many of what the poorer honest miner earns: 5 %.
const NEXT_TO_NOTHING: Amount = 20;

/// One claim of the story, with the numbers that decide it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub passed: bool,
    pub detail: String,
}

/// What must come true. Where nobody `chats` there is no prompt, and what a copy is worth is the subnet's own matter.
pub fn story(chats: bool, standings: &[Standing], reply: Option<&Reply>, supply: &Supply) -> Vec<Check> {
    let mut checks = vec![honest_miners_earn(standings)];
    if chats {
        checks.push(earns_next_to_nothing("damaged_miner_earns_next_to_nothing", Role::Damaged, standings));
        checks.push(earns_next_to_nothing("copier_earns_next_to_nothing", Role::Copier, standings));
    }
    checks.extend([validators_earn_dividends(standings), validators_are_trusted(standings)]);
    if chats {
        checks.extend([prompt_is_answered(reply), whoever_answered_is_paid(reply)]);
    }
    checks.push(supply_follows_the_curve(supply));
    checks
}

fn those(role: Role, standings: &[Standing]) -> impl Iterator<Item = &Standing> + Clone {
    standings.iter().filter(move |standing| standing.role == role)
}

/// Whether both of two actors have a seat and `holds` for each.
fn both(role: Role, standings: &[Standing], holds: impl Fn(&Standing) -> bool) -> bool {
    let mut of_role = those(role, standings);
    of_role.clone().count() == 2 && of_role.all(holds)
}

fn listing(role: Role, standings: &[Standing], number: impl Fn(&Standing) -> String) -> String {
    let entries: Vec<String> = those(role, standings).map(|one| format!("{} {}", one.name, number(one))).collect();
    entries.join(", ")
}

fn honest_miners_earn(standings: &[Standing]) -> Check {
    let passed = both(Role::Honest, standings, |miner| miner.incentive > 0 && miner.earned > 0);
    let earned = listing(Role::Honest, standings, |miner| Tokens(miner.earned).to_string());
    Check { name: "honest_miners_earn", passed, detail: format!("tokens earned: {earned}") }
}

fn earns_next_to_nothing(name: &'static str, role: Role, standings: &[Standing]) -> Check {
    let honest = those(Role::Honest, standings).map(|miner| miner.earned).min().unwrap_or(0);
    let cheat = those(role, standings).map(|miner| miner.earned).max();
    let passed = cheat.is_some_and(|earned| u128::from(earned) * u128::from(NEXT_TO_NOTHING) < u128::from(honest));
    let (earned, honest) = (Tokens(cheat.unwrap_or(0)), Tokens(honest));
    Check { name, passed, detail: format!("tokens earned: {earned}, which must be under 5 % of {honest}") }
}

fn validators_earn_dividends(standings: &[Standing]) -> Check {
    let passed = both(Role::Validator, standings, |validator| validator.dividends > 0 && validator.earned > 0);
    let earned = listing(Role::Validator, standings, |validator| Tokens(validator.earned).to_string());
    Check { name: "validators_earn_dividends", passed, detail: format!("tokens earned: {earned}") }
}

fn validators_are_trusted(standings: &[Standing]) -> Check {
    let passed = both(Role::Validator, standings, |validator| validator.vtrust > 0);
    let trust = listing(Role::Validator, standings, |validator| crate::format::share(validator.vtrust));
    Check { name: "validators_are_trusted", passed, detail: format!("vtrust: {trust}") }
}

fn prompt_is_answered(reply: Option<&Reply>) -> Check {
    let name = "prompt_is_answered";
    let Some(reply) = reply else { return Check { name, passed: false, detail: "no answer came".into() } };
    let has_text = !reply.answer.text.trim().is_empty();
    let (proven, honest) = (reply.proven, reply.role == Some(Role::Honest));
    let answered = format!("{} answered with {} bytes", reply.name, reply.answer.text.len());
    let proof = if proven { "its signature verifies" } else { "its signature does not verify" };
    Check { name, passed: has_text && proven && honest, detail: format!("{answered}; {proof}") }
}

fn whoever_answered_is_paid(reply: Option<&Reply>) -> Check {
    let name = "whoever_answered_is_paid";
    let Some(reply) = reply else { return Check { name, passed: false, detail: "no answer came".into() } };
    let detail = format!("the last epoch paid {} tokens to {}", Tokens(reply.paid), reply.name);
    Check { name, passed: reply.paid > 0, detail }
}

fn supply_follows_the_curve(supply: &Supply) -> Check {
    let blocks = supply.to_block.saturating_sub(supply.from_block);
    let expected = (0..blocks).fold(supply.from_issued, |issued, _| issued + issuance::block_emission(issued));
    let more = |issued: Amount| Tokens(issued.saturating_sub(supply.from_issued));
    let (issued, curve) = (more(supply.to_issued), more(expected));
    let detail = format!("{blocks} blocks issued {issued} tokens; the curve says {curve}");
    Check { name: "supply_follows_the_curve", passed: blocks > 0 && expected == supply.to_issued, detail }
}

#[cfg(test)]
mod tests {
    use super::super::standing::tests::{reply, standings, supply};
    use super::*;

    /// The names of the checks that fail.
    fn failing(standings: &[Standing], reply: Option<&Reply>, supply: &Supply) -> Vec<&'static str> {
        story(true, standings, reply, supply)
            .into_iter()
            .filter(|check| !check.passed)
            .map(|check| check.name)
            .collect()
    }

    /// The names of the checks that fail once `name`'s standing is changed.
    fn failing_with(name: &str, change: fn(&mut Standing)) -> Vec<&'static str> {
        let mut standings = standings();
        change(standings.iter_mut().find(|standing| standing.name == name).unwrap());
        failing(&standings, Some(&reply()), &supply())
    }

    #[test]
    fn the_intended_story_passes_every_check() {
        assert_eq!(failing(&standings(), Some(&reply()), &supply()), [""; 0]);
    }

    #[test]
    fn a_subnet_without_chat_is_judged_by_its_honest_miners_and_validators() {
        let mut standings = standings();
        standings.retain(|standing| standing.role != Role::Damaged);
        let failing = |standings: &[Standing]| {
            let checks = story(false, standings, None, &supply());
            checks.into_iter().filter(|check| !check.passed).map(|check| check.name).collect::<Vec<_>>()
        };
        assert_eq!(failing(&standings), [""; 0]);
        standings.retain(|standing| standing.name != "dave");
        assert_eq!(failing(&standings), ["honest_miners_earn"]);
    }

    #[test]
    fn an_unpaid_honest_miner_is_noticed() {
        assert!(failing_with("eve", |eve| eve.earned = 0).contains(&"honest_miners_earn"));
        assert_eq!(failing_with("eve", |eve| eve.incentive = 0), ["honest_miners_earn"]);
    }

    #[test]
    fn a_cheat_that_earns_five_per_cent_is_noticed_and_one_unit_less_is_not() {
        let damaged = "damaged_miner_earns_next_to_nothing";
        assert_eq!(failing_with("damaged", |damaged| damaged.earned = 50_000_000), [damaged]);
        assert_eq!(failing_with("damaged", |damaged| damaged.earned = 49_999_999), [""; 0]);
        assert_eq!(failing_with("copier", |copier| copier.earned = u64::MAX), ["copier_earns_next_to_nothing"]);
    }

    #[test]
    fn a_validator_without_pay_or_trust_is_noticed() {
        assert_eq!(failing_with("bob", |bob| bob.dividends = 0), ["validators_earn_dividends"]);
        assert_eq!(failing_with("bob", |bob| bob.earned = 0), ["validators_earn_dividends"]);
        assert_eq!(failing_with("charlie", |charlie| charlie.vtrust = 0), ["validators_are_trusted"]);
    }

    #[test]
    fn a_missing_seat_is_noticed() {
        for (name, check) in [
            ("eve", "honest_miners_earn"),
            ("damaged", "damaged_miner_earns_next_to_nothing"),
            ("copier", "copier_earns_next_to_nothing"),
            ("bob", "validators_are_trusted"),
        ] {
            let rest: Vec<Standing> = standings().into_iter().filter(|standing| standing.name != name).collect();
            assert!(failing(&rest, Some(&reply()), &supply()).contains(&check), "{name}");
        }
    }

    #[test]
    fn a_missing_forged_empty_or_unpaid_answer_is_noticed() {
        let (answered, paid) = ("prompt_is_answered", "whoever_answered_is_paid");
        assert_eq!(failing(&standings(), None, &supply()), [answered, paid]);
        let failing_as = |change: fn(&mut Reply)| {
            let mut reply = reply();
            change(&mut reply);
            failing(&standings(), Some(&reply), &supply())
        };
        assert_eq!(failing_as(|reply| reply.proven = false), [answered]);
        assert_eq!(failing_as(|reply| reply.answer.text = " \n".into()), [answered]);
        assert_eq!(failing_as(|reply| reply.role = Some(Role::Copier)), [answered]);
        assert_eq!(failing_as(|reply| reply.role = None), [answered]);
        assert_eq!(failing_as(|reply| reply.paid = 0), [paid]);
    }

    #[test]
    fn a_token_too_many_or_too_few_is_noticed() {
        for wrong in [supply().to_issued - 1, supply().to_issued + 1] {
            let supply = Supply { to_issued: wrong, ..supply() };
            assert_eq!(failing(&standings(), Some(&reply()), &supply), ["supply_follows_the_curve"]);
        }
        let standstill = Supply { to_block: supply().from_block, to_issued: supply().from_issued, ..supply() };
        assert_eq!(failing(&standings(), Some(&reply()), &standstill), ["supply_follows_the_curve"]);
    }
}
