//! Keys are swapped on a running network, with the command line.

use chain_client::Call;
use e2e::{account, eventually, hotkey_of, Network};
use primitives::TOKEN;

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[tokio::test]
async fn a_hotkey_and_then_its_coldkey_go_on_under_new_names() {
    let network = Network::founded_quick(&["//Bob"]).await;
    network.stake("//Bob", 100).await;
    let (done, refused) = (|line: &str| network.done(&words(line)), |line: &str| network.refused(&words(line)));

    done("swap hotkey //Bob//second --suri //Bob --hotkey-address //Bob//hotkey");
    assert_eq!(network.metagraph().await.neurons[0].hotkey, account("//Bob//second"));
    let again = refused("swap hotkey //Bob//third --suri //Bob --hotkey-address //Bob//hotkey");
    assert!(again.contains("swapped already"), "{again}");

    let poor = refused("swap coldkey announce //Bob//new --suri //Bob");
    assert!(poor.contains("plexus transfer"), "{poor}");
    done("transfer //Bob//new 1 --suri //Alice");
    done("swap coldkey announce //Bob//new --suri //Bob");
    let status = done("swap coldkey status //Bob");
    assert_eq!(status["swap"]["disputed"], false);
    let spent = refused("transfer //Eve 1 --suri //Bob");
    assert!(spent.contains("plexus swap coldkey status"), "{spent}");
    let early = refused("swap coldkey finish //Bob --suri //Bob//new");
    assert!(early.contains("plexus swap coldkey status"), "{early}");

    let ready = status["swap"]["ready_at"].as_u64().expect("a block number");
    let passed = || async { network.chain.best_block().await.ok().filter(|block| u64::from(*block) >= ready) };
    eventually("the delay has passed", passed).await;
    done("swap coldkey finish //Bob --suri //Bob//new");
    assert_eq!(network.metagraph().await.neurons[0].coldkey, account("//Bob//new"));
    assert_eq!(network.chain.balance(&account("//Bob")).await.unwrap(), 0);
    let stake = &done("stake show //Bob//new")["stakes"][0];
    assert_eq!(stake["hotkey"], account("//Bob//second").to_string());
    assert!(stake["amount"].as_u64() >= Some(100 * TOKEN));
}

#[tokio::test]
async fn governance_decides_about_a_disputed_coldkey() {
    // Bob's hotkey is the whole Senate: the other one on root has less than a hundredth of the stake.
    let network = Network::founded_quick(&["//Bob"]).await;
    network.stake("//Bob", 100).await;
    network.submit("//Bob", Call::RegisterRoot { hotkey: account(&hotkey_of("//Bob")) }).await;
    let (done, refused) = (|line: &str| network.done(&words(line)), |line: &str| network.refused(&words(line)));

    done("transfer //Thief 1 --suri //Dave");
    done("swap coldkey announce //Thief --suri //Dave");
    done("swap coldkey dispute --suri //Dave");
    let again = refused("swap coldkey dispute --suri //Dave");
    assert!(again.contains("governance decides"), "{again}");
    done("gov propose resolve-coldkey //Dave --new //Dave//new --suri //Alice");
    done("gov vote 0 yes --suri //Bob --hotkey-address //Bob//hotkey");
    done("gov close 0 --suri //Charlie");
    assert!(network.chain.balance(&account("//Dave//new")).await.unwrap() > 900_000 * TOKEN);
    assert_eq!(network.chain.balance(&account("//Dave")).await.unwrap(), 0);
}
