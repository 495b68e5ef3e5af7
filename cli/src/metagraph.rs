use crate::amount::Tokens;
use crate::columns;
use crate::context::Context;
use crate::format;
use crate::neurons;
use crate::screen::{Screen, View};
use anyhow::Result;
use chain_client::Chain;
use primitives::{Metagraph, MetagraphField, NetUid};
use ratatui::style::Color;
use std::io::IsTerminal;
use std::time::Duration;

/// How often the keyboard is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Show a subnet's neurons: stake, scores and pay of the last epoch.
///
/// Last seen is the block in which a neuron last set weights or, before that, was registered.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus metagraph 1
  plexus metagraph 1 --watch
  plexus metagraph 1 --fields uid,hotkey,incentive
  plexus metagraph 1 --json")]
pub struct Args {
    netuid: NetUid,
    /// Show every new block until q or Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// Ask for these columns only, under the names that --json gives them.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = columns::field, conflicts_with = "watch")]
    fields: Vec<MetagraphField>,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    if !args.fields.is_empty() {
        let columns = chain.metagraph_fields(args.netuid, &args.fields).await?;
        return context.show(&columns, || columns::table(&columns, &args.fields));
    }
    match args.watch {
        false => show(&chain.metagraph(args.netuid).await?, context),
        true if std::io::stdout().is_terminal() && !context.json => watch_on_screen(&chain, args.netuid).await,
        true => watch_as_text(&chain, args.netuid, context).await,
    }
}

fn show(metagraph: &Metagraph, context: &Context) -> Result<()> {
    context.show(metagraph, || {
        let table = format::table(&neurons::HEADER, neurons::FIRST_NUMBER, neurons::rows(metagraph));
        format!("{}\n{table}", status(metagraph))
    })
}

async fn watch_as_text(chain: &Chain, netuid: NetUid, context: &Context) -> Result<()> {
    let mut blocks = chain.follow();
    loop {
        show(&chain.metagraph(netuid).await?, context)?;
        blocks.changed().await?;
    }
}

async fn watch_on_screen(chain: &Chain, netuid: NetUid) -> Result<()> {
    let mut blocks = chain.follow();
    let mut view = view(&chain.metagraph(netuid).await?);
    let mut screen = Screen::open()?;
    while !screen.quit_asked()? {
        screen.draw(&view)?;
        tokio::select! {
            changed = blocks.changed() => {
                changed?;
                view = self::view(&chain.metagraph(netuid).await?);
            }
            () = tokio::time::sleep(TICK) => {}
        }
    }
    Ok(())
}

fn view(metagraph: &Metagraph) -> View {
    View {
        title: format!("Plexus, subnet {}", metagraph.subnet.netuid),
        progress: epoch_progress(metagraph),
        status: status(metagraph),
        rows: neurons::rows(metagraph).into_iter().map(|row| (Color::Reset, row)).collect(),
        notes: Vec::new(),
        footer: "q quits".into(),
    }
}

/// How far the epoch has come, from 0 to 1.
pub fn epoch_progress(metagraph: &Metagraph) -> f64 {
    let left = f64::from(metagraph.next_epoch.saturating_sub(metagraph.block));
    1.0 - left / (f64::from(metagraph.subnet.hyperparams.tempo) + 1.0)
}

/// Block, next epoch and supply in one line.
pub fn status(metagraph: &Metagraph) -> String {
    let left = metagraph.next_epoch.saturating_sub(metagraph.block);
    let seconds = u64::from(left) * metagraph.block_time / 1_000;
    let (block, issued) = (metagraph.block, Tokens(metagraph.total_issuance));
    let blocks = if left == 1 { "block" } else { "blocks" };
    format!("block {block}, next epoch in {left} {blocks} ({seconds} s), {issued:.4} tokens issued")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_status_counts_down_to_the_epoch() {
        let mut metagraph = testing::metagraph(None, Vec::new());
        assert_eq!(status(&metagraph), "block 23, next epoch in 5 blocks (5 s), 0.0000 tokens issued");
        assert_eq!(epoch_progress(&metagraph), 0.5);
        metagraph.block = 27;
        assert!(status(&metagraph).contains("in 1 block (1 s)"));
    }
}
