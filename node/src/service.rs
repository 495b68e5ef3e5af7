use crate::{
    consensus::{self, BlockImport, Consensus, GrandpaLink, Settings, Voting, JUSTIFICATION_PERIOD},
    ready, rpc,
    runtime_api::{Block, Hash, RuntimeApi},
};
use futures::FutureExt;
use sc_client_api::Backend as _;
use sc_consensus::DefaultImportQueue;
use sc_network::{config::FullNetworkConfiguration, NetworkBackend};
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{
    BuildNetworkParams, ChainType, Configuration, Error as ServiceError, PartialComponents, SpawnTasksParams,
    TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::SlotDuration;
use std::sync::Arc;

pub type Client = sc_service::TFullClient<Block, RuntimeApi, sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>>;
pub type Backend = sc_service::TFullBackend<Block>;
pub type SelectChain = sc_consensus::LongestChain<Backend, Block>;
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;
/// What the subcommands need of a node: all but the network, the RPC and the authoring.
pub type Parts = PartialComponents<Client, Backend, SelectChain, DefaultImportQueue<Block>, Pool, ConsensusParts>;

/// What consensus keeps between opening the database and starting.
pub struct ConsensusParts {
    block_import: BlockImport,
    grandpa_link: GrandpaLink,
    slot_duration: SlotDuration,
    telemetry: Option<Telemetry>,
}

/// Opens the chain's database, creating it from the chain spec when there is none.
pub fn new_partial(config: &Configuration) -> Result<Parts, ServiceError> {
    let (worker, telemetry) = new_telemetry(config)?.unzip();
    let telemetry_handle = telemetry.as_ref().map(Telemetry::handle);
    let executor = sc_service::new_wasm_executor(&config.executor);
    let (client, backend, keystore_container, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, _>(config, telemetry_handle.clone(), executor)?;
    if let Some(worker) = worker {
        task_manager.spawn_handle().spawn("telemetry", None, worker.run());
    }
    let client = Arc::new(client);
    let select_chain = SelectChain::new(backend.clone());
    let transaction_pool = new_pool(config, &client, &task_manager);
    let (block_import, grandpa_link) = sc_consensus_grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        &client,
        select_chain.clone(),
        telemetry_handle.clone(),
    )?;
    let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
    let import_queue = consensus::import_queue(
        client.clone(),
        &block_import,
        slot_duration,
        config,
        &task_manager.spawn_essential_handle(),
        telemetry_handle,
    )?;
    Ok(PartialComponents {
        client,
        backend,
        task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other: ConsensusParts { block_import, grandpa_link, slot_duration, telemetry },
    })
}

/// Starts a whole node, which runs until the task manager is dropped.
pub fn new_full<N: NetworkBackend<Block, Hash>>(mut config: Configuration) -> Result<TaskManager, ServiceError> {
    if config.chain_spec.chain_type() != ChainType::Live {
        // The usual minimum of three peers would keep a warp sync waiting for ever on a network of two or three nodes.
        config.network.min_peers_to_start_warp_sync = Some(1);
    }
    let PartialComponents {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool: pool,
        other: ConsensusParts { block_import, grandpa_link: link, slot_duration, mut telemetry },
    } = new_partial(&config)?;
    let keystore = keystore_container.keystore();

    let registry = config.prometheus_registry();
    let mut net_config = FullNetworkConfiguration::<Block, Hash, N>::new(&config.network, registry.cloned());
    let metrics = N::register_notification_metrics(registry);
    let protocol = sc_consensus_grandpa::protocol_standard_name(&client.info().genesis_hash, &config.chain_spec);
    let peers = net_config.peer_store_handle();
    let (grandpa_config, notifications) =
        sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(protocol.clone(), metrics.clone(), peers);
    net_config.add_notification_protocol(grandpa_config);
    let authority_set = link.shared_authority_set().clone();
    let proofs = sc_consensus_grandpa::warp_proof::NetworkProvider::new(backend.clone(), authority_set, Vec::new());
    let (network, system_rpc_tx, tx_handler_controller, sync_service) =
        sc_service::build_network(BuildNetworkParams {
            config: &config,
            net_config,
            client: client.clone(),
            transaction_pool: pool.clone(),
            spawn_handle: task_manager.spawn_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(WarpSyncConfig::WithProvider(Arc::new(proofs))),
            block_relay: None,
            metrics,
        })?;

    if config.offchain_worker.enabled {
        let options = OffchainWorkerOptions {
            runtime_api_provider: client.clone(),
            is_validator: config.role.is_authority(),
            keystore: Some(keystore.clone()),
            offchain_db: backend.offchain_storage(),
            transaction_pool: Some(OffchainTransactionPoolFactory::new(pool.clone())),
            network_provider: Arc::new(network.clone()),
            enable_http_requests: true,
            custom_extensions: |_| Vec::new(),
        };
        let workers = OffchainWorkers::new(options)?.run(client.clone(), task_manager.spawn_handle());
        task_manager.spawn_handle().spawn("offchain-workers-runner", "offchain-worker", workers.boxed());
    }

    let chain = config.chain_spec.id().to_string();
    let consensus = Consensus {
        client: client.clone(),
        select_chain,
        pool: pool.clone(),
        keystore: keystore_container,
        sync: sync_service.clone(),
        slot_duration,
        telemetry: telemetry.as_ref().map(Telemetry::handle),
        settings: Settings::from(&config),
    };
    let rpc_builder = {
        let (client, pool) = (client.clone(), pool.clone());
        Box::new(move |_| rpc::create(client.clone(), pool.clone()).map_err(ServiceError::Application))
    };
    let rpc = sc_service::spawn_tasks(SpawnTasksParams {
        config,
        client,
        backend,
        task_manager: &mut task_manager,
        keystore,
        transaction_pool: pool,
        rpc_builder,
        network: network.clone(),
        system_rpc_tx,
        tx_handler_controller,
        sync_service,
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;
    let voting = Voting { link, network: network.clone(), notifications, protocol };
    consensus.spawn(&task_manager, block_import, voting)?;
    ready::announce(&chain, &rpc, &*network);
    Ok(task_manager)
}

/// The worker and the handle of the telemetry that the command line or the chain spec asks for.
fn new_telemetry(config: &Configuration) -> Result<Option<(TelemetryWorker, Telemetry)>, ServiceError> {
    let Some(endpoints) = config.telemetry_endpoints.clone().filter(|endpoints| !endpoints.is_empty()) else {
        return Ok(None);
    };
    let worker = TelemetryWorker::new(16)?;
    let telemetry = worker.handle().new_telemetry(endpoints);
    Ok(Some((worker, telemetry)))
}

fn new_pool(config: &Configuration, client: &Arc<Client>, tasks: &TaskManager) -> Arc<Pool> {
    let pool = sc_transaction_pool::Builder::new(
        tasks.spawn_essential_handle(),
        client.clone(),
        config.role.is_authority().into(),
    )
    .with_options(config.transaction_pool.clone())
    .with_prometheus(config.prometheus_registry())
    .build();
    Arc::new(pool)
}
