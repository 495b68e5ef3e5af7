use clap::Parser;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  A chain of one's own that is gone when the node ends:
    plexus-node --dev
  Two nodes that author and finalise together (PEER is in the first one's log):
    plexus-node --chain local --alice --tmp
    plexus-node --chain local --bob --tmp --port 30334 \\
      --bootnodes /ip4/127.0.0.1/tcp/30333/p2p/PEER
  A node that follows a chain from its spec and skips its history:
    plexus-node --chain spec.json --sync warp

Once the node can be used it prints one line of JSON to standard output that says where it
listens; the log goes to standard error.";

#[derive(Debug, Parser)]
#[command(after_long_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    #[command(flatten)]
    pub run: sc_cli::RunCmd,

    /// The runtime's wasm file from which the chains `dev` and `local` start.
    ///
    /// By default it is looked for beside this executable. A chain spec file carries its own runtime.
    #[arg(long, env = "PLEXUS_RUNTIME", value_name = "WASM", global = true)]
    pub runtime: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Generate, inspect and insert keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Print a chain spec, with a first bootnode unless told otherwise.
    BuildSpec(sc_cli::BuildSpecCmd),

    /// Write a chain spec to a file or to standard output.
    ExportChainSpec(sc_cli::ExportChainSpecCmd),

    /// Execute a block again and check the outcome.
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Write blocks to a file or to standard output.
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Print a chain spec that starts from the state of a block.
    ExportState(sc_cli::ExportStateCmd),

    /// Import blocks from a file or from standard input.
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Delete a chain's database.
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Undo the last blocks that are not final.
    Revert(sc_cli::RevertCmd),

    /// Print the best and the last final block of a chain's database.
    ChainInfo(sc_cli::ChainInfoCmd),
}
