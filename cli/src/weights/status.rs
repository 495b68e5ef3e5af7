use crate::context::Context;
use crate::format;
use crate::hotkey::HotkeyArgs;
use anyhow::Result;
use primitives::{NetUid, OpenCommit, WeightsStatus};
use serde_json::json;

/// Show whether a hotkey may give weights now, and if not why, and what it has committed.
///
/// Where a subnet hides weights, a validator commits to a row first and reveals it in a later window. A commit whose
/// window passes costs its hotkey the dividends until it reveals another.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus weights status 1 --wallet alice --hotkey validator
  plexus weights status 1 --hotkey-address //Bob//hotkey --json")]
pub struct Status {
    netuid: NetUid,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

pub async fn status(args: Status, context: &Context) -> Result<()> {
    let hotkey = args.hotkey.account()?;
    let status = context.chain().await?.weights_status(args.netuid, &hotkey).await?;
    let mut document = serde_json::to_value(&status)?;
    document["reason"] = json!(status.obstacle.map(|obstacle| obstacle.to_string()));
    context.show(&document, || describe(&status))
}

fn describe(status: &WeightsStatus) -> String {
    let next = if status.commit_reveal { "committed" } else { "set" };
    let mut facts = vec![
        ("weights are", if status.commit_reveal { "committed, then revealed" } else { "set openly" }.into()),
        ("now", status.obstacle.map_or(format!("may be {next}"), |obstacle| format!("may not be {next}: {obstacle}"))),
        (
            "next epoch",
            format!("block {}, {} from now", status.next_epoch, status.next_epoch.saturating_sub(status.block)),
        ),
    ];
    if status.forfeits {
        facts
            .push(("forfeited", "a commit was not revealed: no weights and no dividends until the next reveal".into()));
    }
    if status.open.is_empty() {
        facts.push(("open commits", "none".into()));
        return format::facts(facts);
    }
    let header = ["open commit", "made", "reveal from block", "until block"];
    let rows = status.open.iter().map(|commit| row(commit, status));
    format!("{}\n\n{}", format::facts(facts), format::table(&header, 2, rows))
}

fn row(commit: &OpenCommit, status: &WeightsStatus) -> Vec<String> {
    let made = format::age(commit.committed_at, status.block);
    vec![commit.hash.to_string(), made, commit.reveal_from.to_string(), commit.reveal_until.to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::WeightsObstacle;

    fn status() -> WeightsStatus {
        WeightsStatus { block: 12, commit_reveal: true, obstacle: None, open: vec![], forfeits: false, next_epoch: 18 }
    }

    #[test]
    fn a_status_without_obstacle_says_what_may_be_done() {
        let text = describe(&status());
        assert!(text.contains("may be committed") && text.contains("block 18, 6 from now"), "{text}");
        let open = describe(&WeightsStatus { commit_reveal: false, ..status() });
        assert!(open.contains("set openly") && open.contains("may be set"), "{open}");
    }

    #[test]
    fn what_stands_against_weights_is_said_in_a_sentence() {
        let obstacle = Some(WeightsObstacle::TooSoon { until: 15 });
        let text = describe(&WeightsStatus { obstacle, forfeits: true, ..status() });
        assert!(text.contains("may not be committed: the subnet's weights_rate_limit"), "{text}");
        assert!(text.contains("block 15") && text.contains("no dividends"), "{text}");
    }

    #[test]
    fn each_open_commit_is_listed_with_its_window() {
        let commit = OpenCommit { hash: Default::default(), committed_at: 10, reveal_from: 18, reveal_until: 27 };
        let text = describe(&WeightsStatus { open: vec![commit], ..status() });
        let last = text.lines().last().unwrap();
        assert!(last.contains("2 blocks ago") && last.contains("18") && last.ends_with("27"), "{text}");
    }
}
