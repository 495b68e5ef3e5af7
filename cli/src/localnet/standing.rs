//! What a run has seen, in the shape in which it is judged and reported.

use super::cast::{self, Role};
use super::ledger::Ledger;
use crate::app::Answer;
use primitives::{AccountId, Amount, BlockNumber, Metagraph, NeuronInfo, Proportion, Uid};
use serde::Serialize;

/// One actor's seat: the scores of the last epoch and all that it earned. Amounts are base units.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    pub name: &'static str,
    pub role: Role,
    pub uid: Uid,
    pub hotkey: AccountId,
    pub stake: Amount,
    pub incentive: Proportion,
    pub dividends: Proportion,
    pub vtrust: Proportion,
    pub trust: Proportion,
    pub consensus: Proportion,
    /// Paid by the last epoch.
    pub emission: Amount,
    /// Paid by all epochs of the run.
    pub earned: Amount,
}

/// The prompt and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Reply {
    pub prompt: String,
    #[serde(flatten)]
    pub answer: Answer,
    /// Whether the miner's signature verifies.
    pub proven: bool,
    /// The actor who answered, or the miner's address if it plays no part.
    pub name: String,
    pub role: Option<Role>,
    /// What the last epoch paid to that miner, in base units.
    pub paid: Amount,
    /// From the prompt to the whole answer.
    pub seconds: f64,
}

/// Blocks and supply between which nothing but the chain's own emission changed how much exists.
#[derive(Clone, Debug, Serialize)]
pub struct Supply {
    pub from_block: BlockNumber,
    pub from_issued: Amount,
    pub to_block: BlockNumber,
    pub to_issued: Amount,
}

/// Everyone who plays and has a seat, in uid order.
pub fn standings(metagraph: &Metagraph, ledger: &Ledger) -> Vec<Standing> {
    metagraph.neurons.iter().filter_map(|neuron| standing(neuron, ledger)).collect()
}

fn standing(neuron: &NeuronInfo, ledger: &Ledger) -> Option<Standing> {
    let actor = cast::find(&neuron.hotkey)?;
    Some(Standing {
        name: actor.name,
        role: actor.role,
        uid: neuron.uid,
        hotkey: neuron.hotkey.clone(),
        stake: neuron.stake,
        incentive: neuron.incentive,
        dividends: neuron.dividends,
        vtrust: neuron.validator_trust,
        trust: neuron.trust,
        consensus: neuron.consensus,
        emission: neuron.emission,
        earned: ledger.earned(neuron.uid),
    })
}

impl Reply {
    pub fn new(prompt: &str, answer: Answer, seconds: f64, metagraph: &Metagraph) -> Self {
        let miner = &answer.origin.miner;
        let actor = cast::find(miner);
        Self {
            prompt: prompt.into(),
            proven: answer.origin.is_proven(),
            name: actor.map_or_else(|| miner.to_string(), |actor| actor.name.into()),
            role: actor.map(|actor| actor.role),
            paid: metagraph.by_hotkey(miner).map_or(0, |neuron| neuron.emission),
            seconds,
            answer,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::cast::CAST;
    use super::*;
    use crate::app::tests::origin;
    use primitives::TOKEN;

    /// A run as it should end: honest miners earned a token each, cheats nothing.
    pub fn standings() -> Vec<Standing> {
        let seats = CAST.iter().zip(1..);
        seats.map(|(actor, uid)| played(actor, uid)).collect()
    }

    fn played(actor: &cast::Actor, uid: Uid) -> Standing {
        let (validates, mines) = (actor.role == Role::Validator, actor.role == Role::Honest);
        let half_if = |holds: bool| if holds { Proportion::MAX / 2 } else { 0 };
        let earned = if validates || mines { TOKEN } else { 0 };
        Standing {
            name: actor.name,
            role: actor.role,
            uid,
            hotkey: actor.account().unwrap(),
            stake: earned,
            incentive: half_if(mines),
            dividends: half_if(validates),
            vtrust: half_if(validates),
            trust: half_if(mines),
            consensus: half_if(mines),
            emission: earned,
            earned,
        }
    }

    pub fn reply() -> Reply {
        let origin = origin("//Dave//hotkey");
        let answer = Answer { text: "Much ado.".into(), finish_reason: "stop".into(), origin };
        let (name, role) = ("dave".into(), Some(Role::Honest));
        Reply { prompt: "What news?".into(), answer, proven: true, name, role, paid: 1, seconds: 0.5 }
    }

    /// Sixty blocks before the first halving.
    pub fn supply() -> Supply {
        let from_issued = 6_000_000 * TOKEN;
        Supply { from_block: 10, from_issued, to_block: 70, to_issued: from_issued + 60 * TOKEN }
    }
}
