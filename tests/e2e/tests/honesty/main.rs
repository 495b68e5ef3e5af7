//! It pays to be honest, with the real programs on a real chain. `make honesty` plays 50 epochs and renews docs/honesty.md.

mod cast;
mod copier;
mod ledger;
mod paced;
mod page;

use cast::Cast;
use copier::Copier;
use e2e::Network;
use ledger::Ledger;
use primitives::{Hyperparams, TOKEN};
use sim::experiments::honesty::spearman;

/// What a seat costs, in base units.
const PRICE: u64 = TOKEN / 10;
/// Epochs that are watched, unless HONESTY_EPOCHS says how many.
const EPOCHS: usize = 3;
/// From so many on, copying is compared without the epochs in which it had nothing to copy yet.
const MANY: usize = 30;

#[test]
fn it_pays_to_be_honest_on_a_real_chain() {
    // As every process of this test does; said before anything computes.
    inference::use_threads(Some(1));
    let epochs = std::env::var("HONESTY_EPOCHS").map_or(EPOCHS, |epochs| epochs.parse().unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(play(epochs));
}

async fn play(epochs: usize) {
    let network = network().await;
    // In this order, so that no miner is ahead of another by a round.
    let cast = Cast::start(&network).await;
    let _judges = cast::JUDGES.map(|judge| network.validator(judge));
    let copier = tokio::spawn(Copier::new(&network, cast::COPIER, &cast::JUDGES).run());
    let ledger = Ledger::watch(&network, &cast, epochs).await;
    assert!(!copier.is_finished(), "the copier has failed");

    let (miners, validators) = (page::miners(&ledger, &cast), page::validators(&ledger));
    println!("{miners}\n\n{validators}");
    check(&ledger, &cast);
    if std::env::var_os("RENEW").is_some() {
        page::renew("miners", &miners);
        page::renew("validators", &validators);
    }
}

fn check(ledger: &Ledger, cast: &Cast) {
    let (speeds, earned): (Vec<_>, Vec<_>) =
        cast.steady().map(|(speed, hotkey)| (speed, ledger.earned(hotkey))).unzip();
    assert!(spearman(&speeds, &earned) >= 0.95, "{speeds:?} earned {earned:?}");
    for (name, hotkey) in cast.cheats() {
        let earned = ledger.earned(hotkey);
        assert!(earned < page::tokens(PRICE), "{name} earned {earned}");
    }
    let under_way = ledger.under_way();
    for epochs in [&ledger.epochs[..], under_way].into_iter().take(if under_way.len() < MANY { 1 } else { 2 }) {
        let (judges, copier) = page::pay(epochs);
        assert!(judges.iter().all(|judge| *judge > copier), "{judges:?} for judging, {copier} for copying");
    }
}

/// Two validators that judge and one that copies, with the same stake, and seats for the miners.
async fn network() -> Network {
    let coldkeys = [&cast::JUDGES[..], &[cast::COPIER, cast::QUICK]].concat();
    let price = |params: Hyperparams| Hyperparams { min_burn: PRICE, max_burn: PRICE, yuma3: true, ..params };
    let network = Network::founded_with(&coldkeys, price).await;
    assert_eq!(network.metagraph().await.subnet.burn, PRICE);
    let validators = cast::JUDGES.into_iter().chain([cast::COPIER]);
    futures::future::join_all(validators.map(|coldkey| network.stake(coldkey, cast::STAKE))).await;
    network
}
