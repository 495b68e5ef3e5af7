//! The command line: one verb, one file.

use crate::context::Context;
use crate::localnet::leash;
use crate::{
    audit, authority, balance, chat, child, commitment, gov, identity, localnet, metagraph, prometheus, register, root,
    stake, subnet, swap, transfer, validator, wallet, weights, yuma,
};
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Plexus: a network that pays for real answers.
///
/// Amounts are typed and printed in tokens with up to 9 decimals; in JSON they are whole base units, of which
/// 1,000,000,000 make one token. Accounts are addresses, or development keys such as //Alice.
#[derive(Parser)]
#[command(
    name = "plexus",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  plexus localnet
  plexus metagraph 1
  plexus chat \"What is vtrust?\""
)]
pub struct Cli {
    /// WebSocket URL of the node.
    #[arg(long, global = true, env = "PLEXUS_NODE", default_value = "ws://127.0.0.1:9944", value_name = "URL")]
    node: String,

    /// Print one JSON document instead of text; errors too, on stderr.
    #[arg(long, global = true)]
    pub json: bool,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Localnet(localnet::Args),
    #[command(subcommand)]
    Wallet(wallet::Verb),
    #[command(subcommand)]
    Subnet(subnet::Verb),
    Register(register::Args),
    #[command(subcommand)]
    Stake(stake::Verb),
    #[command(subcommand)]
    Child(child::Verb),
    #[command(subcommand)]
    Commitment(commitment::Verb),
    #[command(subcommand)]
    Weights(weights::Verb),
    #[command(subcommand)]
    Root(root::Verb),
    Metagraph(metagraph::Args),
    Prometheus(prometheus::Args),
    Balance(balance::Args),
    Transfer(transfer::Args),
    #[command(subcommand)]
    Identity(identity::Verb),
    #[command(subcommand)]
    Swap(swap::Verb),
    #[command(subcommand)]
    Gov(gov::Verb),
    #[command(subcommand)]
    Authority(authority::Verb),
    Chat(chat::Args),
    #[command(subcommand)]
    Validator(validator::Verb),
    #[command(subcommand)]
    Audit(audit::Verb),
    Yuma(yuma::Args),
    #[command(hide = true)]
    Leash(leash::Args),
}

impl Cli {
    pub async fn run(self) -> Result<()> {
        let context = Context { json: self.json, node: self.node };
        match self.verb {
            Verb::Localnet(args) => localnet::run(args, &context).await,
            Verb::Wallet(verb) => wallet::run(verb, &context),
            Verb::Subnet(verb) => subnet::run(verb, &context).await,
            Verb::Register(args) => register::run(args, &context).await,
            Verb::Stake(verb) => stake::run(verb, &context).await,
            Verb::Child(verb) => child::run(verb, &context).await,
            Verb::Commitment(verb) => commitment::run(verb, &context).await,
            Verb::Weights(verb) => weights::run(verb, &context).await,
            Verb::Root(verb) => root::run(verb, &context).await,
            Verb::Metagraph(args) => metagraph::run(args, &context).await,
            Verb::Prometheus(args) => prometheus::run(args, &context).await,
            Verb::Balance(args) => balance::run(args, &context).await,
            Verb::Transfer(args) => transfer::run(args, &context).await,
            Verb::Identity(verb) => identity::run(verb, &context).await,
            Verb::Swap(verb) => swap::run(verb, &context).await,
            Verb::Gov(verb) => gov::run(verb, &context).await,
            Verb::Authority(verb) => authority::run(verb, &context).await,
            Verb::Chat(args) => chat::run(args, &context).await,
            Verb::Validator(verb) => validator::run(verb, &context).await,
            Verb::Audit(verb) => audit::run(verb, &context).await,
            Verb::Yuma(args) => yuma::run(args),
            Verb::Leash(args) => leash::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Command, CommandFactory};

    /// Every command that a person can run, with its full path, such as `plexus stake add`.
    fn commands(command: &Command, path: &str) -> Vec<(String, Command)> {
        let path = format!("{path}{}", command.get_name());
        let children = command.get_subcommands().filter(|child| !child.is_hide_set());
        let mut all: Vec<_> = children.flat_map(|child| commands(child, &format!("{path} "))).collect();
        all.push((path, command.clone()));
        all
    }

    fn examples(command: &mut Command) -> Vec<String> {
        let help = command.render_long_help().to_string();
        let Some((_, examples)) = help.split_once("Example") else { return Vec::new() };
        examples.lines().map(str::trim).filter(|line| line.starts_with("plexus ")).map(str::to_owned).collect()
    }

    /// Splits at spaces outside double quotes, as a shell would.
    fn words(line: &str) -> Vec<String> {
        let pieces = line.split('"').enumerate();
        pieces
            .flat_map(|(index, piece)| match index % 2 {
                0 => piece.split_whitespace().map(str::to_owned).collect(),
                _ => vec![piece.to_owned()],
            })
            .collect()
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_leashed_program_keeps_its_own_flags() {
        let line = "plexus leash 4711 plexus-miner --node ws://127.0.0.1:1 --json --help";
        let Ok(Cli { json: false, verb: Verb::Leash(_), .. }) = Cli::try_parse_from(words(line)) else {
            panic!("`{line}` was read in another way");
        };
    }

    #[test]
    fn the_help_of_every_verb_has_an_example_that_parses() {
        for (path, mut command) in commands(&Cli::command(), "") {
            let examples = examples(&mut command);
            assert!(!examples.is_empty(), "`{path} --help` has no example");
            for example in examples {
                let parsed = Cli::try_parse_from(words(&example));
                assert!(parsed.is_ok(), "`{path} --help` shows `{example}`: {}", parsed.err().unwrap());
            }
        }
    }
}
