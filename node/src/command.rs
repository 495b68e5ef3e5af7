use crate::{
    chain_spec,
    cli::{Cli, Subcommand},
    runtime_api::{Block, Hash},
    service::{self, Parts},
};
use sc_cli::SubstrateCli;
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker};
use sc_service::{ChainSpec, Configuration, TaskManager};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "Plexus Node".into()
    }

    fn impl_version() -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn description() -> String {
        "The Plexus node: keeps the chain, authors and finalises blocks, and answers JSON-RPC.".into()
    }

    fn author() -> String {
        "the Plexus authors".into()
    }

    fn support_url() -> String {
        "the issue tracker of the repository that this node was built from".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
        chain_spec::load(id, self.runtime.as_deref())
    }
}

impl Cli {
    /// Whether this is a chain whose authorities' seeds everybody knows: there a new network identity at the first start
    /// endangers nobody, while on a real chain an authority must keep its own.
    fn runs_on_known_keys(&self) -> bool {
        let shared = &self.run.shared_params;
        shared.dev || matches!(shared.chain.as_deref(), Some("dev" | "local"))
    }
}

/// Does what the command line asks for.
pub fn run() -> sc_cli::Result<()> {
    let mut cli = Cli::from_args();
    if cli.runs_on_known_keys() {
        cli.run.network_params.node_key_params.unsafe_force_node_key_generation = true;
    }
    match &cli.subcommand {
        None => cli.create_runner(&cli.run)?.run_node_until_exit(start_node),
        Some(Subcommand::Key(cmd)) => cmd.run(&cli),
        Some(Subcommand::BuildSpec(cmd)) => {
            cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.chain_spec, config.network))
        }
        Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
        Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let Parts { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
            Ok((cmd.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let Parts { client, task_manager, .. } = service::new_partial(&config)?;
            Ok((cmd.run(client, config.database), task_manager))
        }),
        Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let Parts { client, task_manager, .. } = service::new_partial(&config)?;
            Ok((cmd.run(client, config.chain_spec), task_manager))
        }),
        Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let Parts { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
            Ok((cmd.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::PurgeChain(cmd)) => cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database)),
        Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let Parts { client, task_manager, backend, .. } = service::new_partial(&config)?;
            let revert_finality = Box::new(|client, _, blocks| Ok(sc_consensus_grandpa::revert(client, blocks)?));
            Ok((cmd.run(client, backend, Some(revert_finality)), task_manager))
        }),
        Some(Subcommand::ChainInfo(cmd)) => cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config)),
    }
}

async fn start_node(config: Configuration) -> sc_cli::Result<TaskManager> {
    match config.network.network_backend {
        NetworkBackendType::Libp2p => service::new_full::<NetworkWorker<Block, Hash>>(config),
        NetworkBackendType::Litep2p => service::new_full::<Litep2pNetworkBackend>(config),
    }
    .map_err(sc_cli::Error::Service)
}
