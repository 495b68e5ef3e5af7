//! Aura authors blocks, GRANDPA makes them final.

use crate::{
    runtime_api::Block,
    service::{Backend, Client, Pool, SelectChain},
};
use sc_consensus::DefaultImportQueue;
use sc_consensus_aura::{ImportQueueParams, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::{GrandpaBlockImport, GrandpaParams, LinkHalf, SharedVoterState, VotingRulesBuilder};
use sc_network::{service::traits::NetworkService, NotificationService, ProtocolName};
use sc_network_sync::SyncingService;
use sc_service::{
    config::PrometheusConfig, Configuration, Error as ServiceError, KeystoreContainer, Role, TaskManager,
};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_aura::{inherents::InherentDataProvider as SlotInherent, sr25519::AuthorityPair, SlotDuration};
use sp_core::traits::SpawnEssentialNamed;
use sp_timestamp::InherentDataProvider as TimestampInherent;
use std::{error::Error, sync::Arc, time::Duration};

pub type BlockImport = GrandpaBlockImport<Backend, Block, Client, SelectChain>;
pub type GrandpaLink = LinkHalf<Block, Client, SelectChain>;

/// Blocks after which a proof of finality is made at the latest; nodes that sync from a proof start at one of them.
pub const JUSTIFICATION_PERIOD: u32 = 512;

/// The longest time that a vote is expected to take to everybody. Votes on a faster chain wait less.
const MAX_GOSSIP_DURATION: Duration = Duration::from_millis(333);

/// What authoring and voting both use.
pub struct Consensus {
    pub client: Arc<Client>,
    pub select_chain: SelectChain,
    pub pool: Arc<Pool>,
    pub keystore: KeystoreContainer,
    pub sync: Arc<SyncingService<Block>>,
    pub slot_duration: SlotDuration,
    pub telemetry: Option<TelemetryHandle>,
    pub settings: Settings,
}

/// The part of the configuration that consensus needs; the service takes the whole away.
pub struct Settings {
    role: Role,
    node_name: String,
    force_authoring: bool,
    grandpa: bool,
    prometheus: Option<PrometheusConfig>,
}

/// What only the voter uses.
pub struct Voting {
    pub link: GrandpaLink,
    pub network: Arc<dyn NetworkService>,
    pub notifications: Box<dyn NotificationService>,
    pub protocol: ProtocolName,
}

impl From<&Configuration> for Settings {
    fn from(config: &Configuration) -> Self {
        Self {
            role: config.role,
            node_name: config.network.node_name.clone(),
            force_authoring: config.force_authoring,
            grandpa: !config.disable_grandpa,
            prometheus: config.prometheus_config.clone(),
        }
    }
}

/// The queue that checks every block before the database takes it.
pub fn import_queue(
    client: Arc<Client>,
    block_import: &BlockImport,
    slot_duration: SlotDuration,
    config: &Configuration,
    spawner: &impl SpawnEssentialNamed,
    telemetry: Option<TelemetryHandle>,
) -> Result<DefaultImportQueue<Block>, ServiceError> {
    let queue = sc_consensus_aura::import_queue::<AuthorityPair, _, _, _, _, _>(ImportQueueParams {
        block_import: block_import.clone(),
        justification_import: Some(Box::new(block_import.clone())),
        client,
        create_inherent_data_providers: move |_, ()| inherents(slot_duration),
        spawner,
        registry: config.prometheus_registry(),
        check_for_equivocation: Default::default(),
        telemetry,
        compatibility_mode: Default::default(),
    })?;
    Ok(queue)
}

/// What a block says about the moment in which it was authored.
async fn inherents(
    slot_duration: SlotDuration,
) -> Result<(SlotInherent, TimestampInherent), Box<dyn Error + Send + Sync>> {
    let timestamp = TimestampInherent::from_system_time();
    let slot = SlotInherent::from_timestamp_and_slot_duration(*timestamp, slot_duration);
    Ok((slot, timestamp))
}

impl Consensus {
    /// Starts what this node's role asks of it.
    pub fn spawn(self, tasks: &TaskManager, block_import: BlockImport, voting: Voting) -> Result<(), ServiceError> {
        if self.settings.role.is_authority() {
            self.spawn_author(tasks, block_import)?;
        }
        if self.settings.grandpa {
            self.spawn_voter(tasks, voting)?;
        }
        Ok(())
    }

    /// Authors a block in each slot that belongs to a key in the keystore.
    fn spawn_author(&self, tasks: &TaskManager, block_import: BlockImport) -> Result<(), ServiceError> {
        let slot_duration = self.slot_duration;
        let proposer_factory = sc_basic_authorship::ProposerFactory::new(
            tasks.spawn_handle(),
            self.client.clone(),
            self.pool.clone(),
            self.settings.prometheus.as_ref().map(|prometheus| &prometheus.registry),
            self.telemetry.clone(),
        );
        let author = sc_consensus_aura::start_aura::<AuthorityPair, _, _, _, _, _, _, _, _, _, _>(StartAuraParams {
            slot_duration,
            client: self.client.clone(),
            select_chain: self.select_chain.clone(),
            block_import,
            proposer_factory,
            create_inherent_data_providers: move |_, ()| inherents(slot_duration),
            force_authoring: self.settings.force_authoring,
            backoff_authoring_blocks: None::<()>,
            keystore: self.keystore.keystore(),
            sync_oracle: self.sync.clone(),
            justification_sync_link: self.sync.clone(),
            block_proposal_slot_portion: SlotProportion::new(2.0 / 3.0),
            max_block_proposal_slot_portion: None,
            telemetry: self.telemetry.clone(),
            compatibility_mode: Default::default(),
        })?;
        tasks.spawn_essential_handle().spawn_blocking("aura", Some("block-authoring"), author);
        Ok(())
    }

    /// Votes when this node is an authority, and follows the votes when it is not.
    fn spawn_voter(self, tasks: &TaskManager, voting: Voting) -> Result<(), ServiceError> {
        let role = self.settings.role;
        let voter = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
            config: sc_consensus_grandpa::Config {
                gossip_duration: MAX_GOSSIP_DURATION.min(self.slot_duration.as_duration() / 3),
                justification_generation_period: JUSTIFICATION_PERIOD,
                name: Some(self.settings.node_name),
                observer_enabled: false,
                keystore: role.is_authority().then(|| self.keystore.keystore()),
                local_role: role,
                telemetry: self.telemetry.clone(),
                protocol_name: voting.protocol,
            },
            link: voting.link,
            network: voting.network,
            sync: self.sync,
            notification_service: voting.notifications,
            voting_rule: VotingRulesBuilder::default().build(),
            prometheus_registry: self.settings.prometheus.map(|prometheus| prometheus.registry),
            shared_voter_state: SharedVoterState::empty(),
            telemetry: self.telemetry,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(self.pool),
        })?;
        tasks.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
        Ok(())
    }
}
