use crate::address;
use crate::context::Context;
use crate::format::{self, printable};
use crate::model::SubnetArgs;
use crate::validator::{Api, DataArgs};
use anyhow::{ensure, Result};
use chain_client::Chain;
use primitives::{AccountId, Uid};
use serde::Serialize;
use std::time::Duration;
use subnet::Judgement;
use validator_api::{round_path, Round};

/// Judge a round again that a running validator has kept, and compare the judgements.
///
/// Also checks that the round's challenge was drawn from a block, so that nobody can have known it before that block, and
/// asks the node, if one answers, whether the chain has that block.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus audit round 57
  plexus audit round 57 --data /var/lib/plexus/validator --model models/tiny --json")]
pub struct Args {
    /// The number of the round; `plexus validator status` names those that are kept.
    number: u64,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    with: SubnetArgs,
}

/// What the audit of a round found.
#[derive(Serialize)]
struct Audit {
    number: u64,
    block: u32,
    block_hash: String,
    drawn_from_its_block: bool,
    /// Nothing where no node answers.
    block_is_on_chain: Option<bool>,
    answers: Vec<Compared>,
    /// Those whose answers the validator has not kept.
    left_out: Vec<Uid>,
    equal: usize,
}

#[derive(Serialize)]
struct Compared {
    uid: Option<Uid>,
    miner: AccountId,
    recorded: Judgement,
    replayed: Judgement,
    equal: bool,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let round: Round = Api::of(&args.data.data)?.get(&round_path(args.number)).await?;
    let grader = args.with.grader(&round.record.subnet)?;
    let audit = audit(&round, round.record.replay(&*grader.subnet)?, is_on_chain(&round, context).await);
    context.show(&audit, || describe(&audit))?;
    ensure!(audit.drawn_from_its_block, "the round's challenge was not drawn from the block that it names");
    ensure!(audit.block_is_on_chain != Some(false), "the chain has another block {}", audit.block);
    let different = audit.answers.len() - audit.equal;
    ensure!(different == 0, "{different} of {} judgements differ", audit.answers.len());
    Ok(())
}

async fn is_on_chain(round: &Round, context: &Context) -> Option<bool> {
    let chain = Chain::connect(&context.node, Duration::ZERO).await.ok()?;
    let hash = chain.block_hash(round.beacon.block).await.ok()?;
    Some(hash == Some(round.beacon.block_hash))
}

fn audit(round: &Round, replayed: Vec<Judgement>, block_is_on_chain: Option<bool>) -> Audit {
    let is_kept =
        |(place, _): &(usize, Judgement)| round.uids.get(*place).is_none_or(|uid| !round.left_out.contains(uid));
    let compare = |(place, replayed): (usize, Judgement)| {
        let answer = &round.record.answers[place];
        let (recorded, miner) = (answer.judgement.clone(), answer.miner.clone());
        // Reasons print floats, whose last digits differ between machines: they inform, the score is the judgement.
        let equal = recorded.score == replayed.score;
        Compared { uid: round.uids.get(place).copied(), miner, equal, recorded, replayed }
    };
    let answers: Vec<_> =
        replayed.into_iter().take(round.record.answers.len()).enumerate().filter(is_kept).map(compare).collect();
    Audit {
        number: round.number,
        block: round.beacon.block,
        block_hash: format!("{:?}", round.beacon.block_hash),
        drawn_from_its_block: round.is_drawn_from_its_block(),
        block_is_on_chain,
        equal: answers.iter().filter(|compared| compared.equal).count(),
        answers,
        left_out: round.left_out.clone(),
    }
}

fn describe(audit: &Audit) -> String {
    let on_chain = match audit.block_is_on_chain {
        Some(true) => "which the chain has",
        Some(false) => "which the chain does NOT have",
        None => "which was not looked up, as no node answers",
    };
    let drawn = if audit.drawn_from_its_block { "was drawn from" } else { "was NOT drawn from" };
    let header = ["uid", "miner", "recorded", "replayed", "equal", "why"];
    let table = format::table(&header, header.len(), audit.answers.iter().map(row));
    let (number, block, hash) = (audit.number, audit.block, &audit.block_hash);
    let (equal, all) = (audit.equal, audit.answers.len());
    let left_out = match audit.left_out.len() {
        0 => String::new(),
        count => format!("; answers too large to be kept: {count}"),
    };
    format!(
        "round {number} {drawn} block {block}, {on_chain} ({hash})\n\n{table}\n\n\
         {equal} of {all} judgements are the same{left_out}"
    )
}

fn row(compared: &Compared) -> Vec<String> {
    let Compared { uid, miner, recorded, replayed, equal } = compared;
    let why = match equal {
        true => printable(&recorded.reason),
        false => format!("recorded: {}; replayed: {}", printable(&recorded.reason), printable(&replayed.reason)),
    };
    vec![
        uid.map_or("-".into(), |uid| uid.to_string()),
        address::short(miner),
        format!("{:.4}", recorded.score.get()),
        format!("{:.4}", replayed.score.get()),
        if *equal { "yes" } else { "NO" }.into(),
        why,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;
    use primitives::{NetUid, H256};
    use subnet::{Record, RecordedAnswer, Score};
    use validator_api::Beacon;

    fn round() -> Round {
        let beacon = Beacon { block: 66, block_hash: H256::repeat_byte(6) };
        let (entropy, netuid) = (H256::repeat_byte(1), NetUid(1));
        let judgement = Judgement::new(Score::ONE, "right");
        let answer = |n: u8| RecordedAnswer { miner: account(n), answer: None, took: 1, judgement: judgement.clone() };
        let (seed, answers) = (Round::seed(entropy, netuid, beacon), vec![answer(1), answer(2)]);
        let record = Record { subnet: "echo".into(), version: 1, seed, past: None, answers };
        Round { number: 57, netuid, beacon, at: 1, took: 1, entropy, uids: vec![1, 2], left_out: vec![], record }
    }

    #[test]
    fn a_judgement_that_comes_out_otherwise_is_named() {
        let same = Judgement::new(Score::ONE, "right");
        let audit = audit(&round(), vec![same, Judgement::zero("wrong")], Some(true));
        assert_eq!((audit.equal, audit.drawn_from_its_block), (1, true));
        let text = describe(&audit);
        assert!(text.contains("recorded: right; replayed: wrong"), "{text}");
        assert!(text.contains("1 of 2 judgements are the same"), "{text}");
    }

    #[test]
    fn what_was_not_kept_is_not_judged_again_and_said_so() {
        let round = Round { left_out: vec![2], ..round() };
        let audit = audit(&round, vec![Judgement::new(Score::ONE, "right"), Judgement::zero("no answer")], None);
        assert_eq!((audit.equal, audit.answers.len()), (1, 1));
        let text = describe(&audit);
        assert!(text.contains("1 of 1 judgements are the same; answers too large to be kept: 1"), "{text}");
    }

    #[test]
    fn a_reason_in_other_words_is_no_other_judgement() {
        let again = |reason: &str| Judgement::new(Score::ONE, reason);
        assert_eq!(audit(&round(), vec![again("right: 0.1"), again("right: 0.09999")], None).equal, 2);
    }

    #[test]
    fn a_challenge_that_was_not_drawn_from_its_block_is_noticed() {
        let mut round = round();
        round.beacon.block_hash = H256::repeat_byte(7);
        let audit = audit(&round, vec![], None);
        assert!(!audit.drawn_from_its_block && describe(&audit).contains("was NOT drawn from block 66"));
    }
}
