//! A chain in memory: the shipped runtime and genesis, real blocks, signed extrinsics.

use codec::Encode;
use frame_support::traits::fungible::Inspect;
use plexus_runtime::{
    Address, Balances, Executive, Header, Nonce, Runtime, RuntimeCall, RuntimeEvent, SignedPayload, Stake, System,
    TxExtension, UncheckedExtrinsic,
};
use primitives::{AccountId, Amount, BondRow, Hyperparams, Metagraph, NetUid, RootRules, Uid, TOKEN};
use serde_json::{json, Value};
use sp_core::{sr25519, Pair, H256};
use sp_genesis_builder::DEV_RUNTIME_PRESET;
use sp_runtime::{
    generic::Era,
    traits::{Header as _, IdentifyAccount},
    BuildStorage, Digest, DigestItem, DispatchError, MultiSignature, MultiSigner,
};
use std::{cell::RefCell, collections::HashMap};

pub const SUBNET: NetUid = NetUid(1);

/// The key of a development URI such as `//Alice`; remembered, as deriving one takes long.
pub fn pair(uri: &str) -> sr25519::Pair {
    thread_local! {
        static PAIRS: RefCell<HashMap<String, sr25519::Pair>> = RefCell::default();
    }
    let derive = || sr25519::Pair::from_string(uri, None).expect("the URI is valid");
    PAIRS.with_borrow_mut(|pairs| pairs.entry(uri.into()).or_insert_with(derive).clone())
}

pub fn account(uri: &str) -> AccountId {
    MultiSigner::from(pair(uri).public()).into_account()
}

/// Runs `test` on a fresh development chain and checks every invariant at its end.
pub fn on_a_chain(test: impl FnOnce()) {
    on_a_chain_with(json!({}), test);
}

/// The same, on a chain whose genesis differs by `patch`.
pub fn on_a_chain_with(patch: Value, test: impl FnOnce()) {
    genesis(patch).execute_with(|| {
        next_block();
        test();
        check_invariants();
    });
}

/// The state before the first block of a development chain whose genesis differs by `patch`.
pub fn genesis(patch: Value) -> sp_io::TestExternalities {
    let preset = plexus_runtime::genesis::preset(&DEV_RUNTIME_PRESET.into()).expect("the preset exists");
    let mut genesis = serde_json::to_value(plexus_runtime::RuntimeGenesisConfig::default()).expect("it is JSON");
    overlay(&mut genesis, serde_json::from_slice(&preset).expect("it is JSON"));
    overlay(&mut genesis, patch);
    let genesis: plexus_runtime::RuntimeGenesisConfig = serde_json::from_value(genesis).expect("the preset fits");
    sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis is valid"))
}

/// Overlays `patch` on `base`, object by object, as a chain spec does.
fn overlay(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, patch) => *base = patch,
    }
}

pub fn check_invariants() {
    plexus_runtime::BlockTime::do_try_state().expect("block time");
    plexus_runtime::Subnets::do_try_state().expect("subnets");
    plexus_runtime::Hyperparams::do_try_state().expect("hyperparams");
    plexus_runtime::Neurons::do_try_state().expect("neurons");
    plexus_runtime::Stake::do_try_state().expect("stake");
    plexus_runtime::Childkeys::do_try_state().expect("childkeys");
    plexus_runtime::Commitments::do_try_state().expect("commitments");
    plexus_runtime::Weights::do_try_state().expect("weights");
    plexus_runtime::Root::do_try_state().expect("root");
    plexus_runtime::Emission::do_try_state().expect("emission");
    plexus_runtime::Yuma::do_try_state().expect("yuma");
    plexus_runtime::Authorities::do_try_state().expect("authorities");
    plexus_runtime::Governance::do_try_state().expect("governance");
    plexus_runtime::Keys::do_try_state().expect("keys");
    check_accounts();
}

/// What keeps an account without a balance is a seat, and each seat does.
fn check_accounts() {
    let mut seats = HashMap::<AccountId, u32>::new();
    let in_subnets = pallet_neurons::Uids::<Runtime>::iter_keys().map(|(_, hotkey)| hotkey);
    for hotkey in in_subnets.chain(pallet_root::Seats::<Runtime>::get()) {
        *seats.entry(hotkey).or_default() += 1;
    }
    for (account, info) in frame_system::Account::<Runtime>::iter() {
        assert_eq!(info.sufficients, seats.remove(&account).unwrap_or_default(), "seats of {account}");
    }
    assert!(seats.is_empty(), "hotkeys with a seat and no account: {seats:?}");
}

/// Closes the open block, if there is one, and begins the next with its timestamp.
pub fn next_block() {
    let number = System::block_number() + 1;
    let parent = if number > 1 { Executive::finalize_block().hash() } else { H256::zero() };
    System::reset_events();
    let slot = sp_consensus_aura::Slot::from(u64::from(number));
    let digest = Digest { logs: vec![DigestItem::PreRuntime(*b"aura", slot.encode())] };
    Executive::initialize_block(&Header::new(number, H256::zero(), H256::zero(), parent, digest));
    let now = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: u64::from(number) * 1_000 });
    Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(now)).expect("valid").expect("the timestamp is accepted");
}

pub fn run_to_block(number: u32) {
    while System::block_number() < number {
        next_block();
    }
}

/// Runs until the subnet's next epoch has run, and returns the snapshot after it.
pub fn run_epoch() -> Metagraph {
    run_to_block(metagraph().next_epoch);
    metagraph()
}

/// What became of an extrinsic: refused by the pool (as its error's name), or dispatched.
#[derive(Debug, PartialEq)]
pub enum Refused {
    ByThePool(String),
    ByTheCall(DispatchError),
}

pub fn submit(uri: &str, call: impl Into<RuntimeCall>) -> Result<(), Refused> {
    let extrinsic = sign(uri, System::account_nonce(account(uri)), call.into());
    apply(extrinsic)
}

pub fn apply(extrinsic: UncheckedExtrinsic) -> Result<(), Refused> {
    match Executive::apply_extrinsic(extrinsic) {
        Err(invalid) => Err(Refused::ByThePool(format!("{invalid:?}"))),
        Ok(outcome) => outcome.map_err(Refused::ByTheCall),
    }
}

pub fn sign(uri: &str, nonce: Nonce, call: RuntimeCall) -> UncheckedExtrinsic {
    sign_for(uri, nonce, Era::Immortal, call)
}

/// The same, valid for as long as `era` says.
pub fn sign_for(uri: &str, nonce: Nonce, era: Era, call: RuntimeCall) -> UncheckedExtrinsic {
    let extension: TxExtension = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(era),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::<Runtime>::from(0).into(),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
    );
    let payload = SignedPayload::new(call, extension).expect("the extension is complete");
    let signature = MultiSignature::from(payload.using_encoded(|bytes| pair(uri).sign(bytes)));
    let (call, extension, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(call, Address::Id(account(uri)), signature, extension)
}

/// What becomes of a call whose sender cannot pay the fee, or is no account.
pub fn unpaid<T>() -> Result<T, Refused> {
    Err(Refused::ByThePool("TransactionValidityError::Invalid(InvalidTransaction::Payment)".into()))
}

pub fn refusal<T>(error: impl Into<DispatchError>) -> Result<T, Refused> {
    Err(Refused::ByTheCall(error.into()))
}

pub fn balance(uri: &str) -> Amount {
    <Balances as Inspect<AccountId>>::balance(&account(uri))
}

pub fn issuance() -> Amount {
    <Balances as Inspect<AccountId>>::total_issuance()
}

pub fn events() -> Vec<RuntimeEvent> {
    System::events().into_iter().map(|record| record.event).collect()
}

pub fn metagraph() -> Metagraph {
    plexus_runtime::metagraph_of(SUBNET).expect("the subnet exists")
}

pub fn bonds() -> Vec<BondRow> {
    plexus_runtime::bonds_of(SUBNET)
}

/// Alice's subnet at a quick pace, with weights in the open.
pub fn create_subnet() {
    submit("//Alice", pallet_subnets::Call::create { owner_hotkey: account("//Alice//hotkey") }).expect("created");
    let params = Hyperparams {
        tempo: 9,
        weights_rate_limit: 5,
        commit_reveal: false,
        serving_rate_limit: 5,
        immunity_period: 20,
        max_registrations_per_block: 8,
        target_registrations_per_interval: 256,
        ..plexus_runtime::Hyperparams::defaults()
    };
    set_params(params);
    found_root(&[(SUBNET, 1)]);
}

/// The hotkey of Alice's that alone sits on the root network of [`create_subnet`].
pub const ROOT: &str = "//Alice//hotkey";

/// Root shares like this, and looks again at each block.
pub fn found_root(row: &[(NetUid, u16)]) {
    set_root_rules(RootRules { tempo: 1, weights_rate_limit: 0, ..Default::default() });
    stake_and_wait("//Alice", ROOT, TOKEN);
    submit("//Alice", pallet_root::Call::register { hotkey: account(ROOT) }).expect("seated");
    set_root_weights(ROOT, row).expect("set");
}

pub fn set_root_rules(rules: RootRules) {
    as_root(pallet_root::Call::set_rules { rules }).expect("root may set all that is valid");
}

pub fn set_root_weights(hotkey: &str, row: &[(NetUid, u16)]) -> Result<(), Refused> {
    let (netuids, values) = row.iter().copied().unzip();
    submit(hotkey, pallet_root::Call::set_weights { netuids, values })
}

pub fn set_params(params: Hyperparams) {
    as_root(pallet_hyperparams::Call::set { netuid: SUBNET, params }).expect("root may set all that is valid");
}

/// Runs a call as root, by the sudo key of the development chain.
pub fn as_root(call: impl Into<RuntimeCall>) -> Result<(), Refused> {
    submit("//Alice", pallet_sudo::Call::sudo { call: Box::new(call.into()) })?;
    let mut events = events().into_iter().rev();
    let outcome = events.find_map(|event| match event {
        RuntimeEvent::Sudo(pallet_sudo::Event::Sudid { sudo_result }) => Some(sudo_result),
        _ => None,
    });
    outcome.expect("sudo says what became of the call").map_err(Refused::ByTheCall)
}

pub fn params() -> Hyperparams {
    metagraph().subnet.hyperparams
}

pub fn register(coldkey: &str, hotkey: &str) -> Result<(), Refused> {
    submit(coldkey, pallet_neurons::Call::register { netuid: SUBNET, hotkey: account(hotkey), max_burn: 1_000 * TOKEN })
}

pub fn stake(coldkey: &str, hotkey: &str, amount: Amount) -> Result<(), Refused> {
    submit(coldkey, pallet_stake::Call::add { hotkey: account(hotkey), amount })
}

/// Stakes, and lets the stake wait until it counts.
pub fn stake_and_wait(coldkey: &str, hotkey: &str, amount: Amount) {
    stake(coldkey, hotkey, amount).expect("staked");
    wait_for_the_round();
}

/// Lets what was staked count.
pub fn wait_for_the_round() {
    run_to_block(System::block_number() + pallet_stake::WAIT);
}

/// Gives base units to an account, from Alice, who has enough.
pub fn give(uri: &str, value: Amount) {
    submit("//Alice", pallet_balances::Call::transfer_keep_alive { dest: account(uri).into(), value }).expect("given");
}

/// All that a coldkey has on any hotkey, in base units.
pub fn staked(coldkey: &str) -> Amount {
    Stake::positions_of(&account(coldkey)).iter().map(|(_, amount)| amount).sum()
}

/// What a call gets that proxies or safe mode do not let through.
pub fn filtered() -> DispatchError {
    frame_system::Error::<Runtime>::CallFiltered.into()
}

pub fn set_weights(hotkey: &str, row: &[(Uid, u16)]) -> Result<(), Refused> {
    let (uids, values) = row.iter().copied().unzip();
    submit(hotkey, pallet_weights::Call::set_weights { netuid: SUBNET, uids, values, version: 0 })
}

/// Two staked validators with permits (uids 0 and 1) and two miners (2 and 3), one epoch old.
pub fn create_network() {
    create_subnet();
    for (coldkey, hotkey) in [
        ("//Bob", "//Bob//hotkey"),
        ("//Charlie", "//Charlie//hotkey"),
        ("//Dave", "//Dave//hotkey"),
        ("//Eve", "//Eve//hotkey"),
    ] {
        register(coldkey, hotkey).expect("registered");
    }
    stake("//Bob", "//Bob//hotkey", 1_000 * TOKEN).expect("staked");
    stake("//Charlie", "//Charlie//hotkey", 800 * TOKEN).expect("staked");
    run_epoch();
}
