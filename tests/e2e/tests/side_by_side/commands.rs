//! The command line against a real node: what it prints, and how it says no.

use chain_client::{Call, ChainError};
use e2e::{account, eventually, hotkey_of, pair, plexus, project, Network, SUBNET};
use primitives::TOKEN;
use tempfile::TempDir;

#[tokio::test]
async fn a_newcomer_founds_a_subnet_registers_stakes_and_looks_around() {
    let network = Network::start().await;
    network.done(&["subnet", "create", "--suri", "//Alice", "--hotkey-address", "//Alice//hotkey"]);
    assert_eq!(network.done(&["subnet", "list"]).as_array().unwrap().len(), 1);
    network.done(&["subnet", "set", "1", "tempo=9", "weights_rate_limit=1", "--suri", "//Alice"]);
    assert_eq!(network.done(&["subnet", "show", "1"])["hyperparams"]["tempo"], 9);

    network.done(&["register", "1", "--suri", "//Bob", "--hotkey-address", "//Bob//hotkey"]);
    network.done(&["stake", "add", "100", "--suri", "//Bob", "--hotkey-address", "//Bob//hotkey"]);
    let counts = || async { (network.done(&["metagraph", "1"])["neurons"][0]["stake"] == 100 * TOKEN).then_some(()) };
    eventually("the stake counts after its round", counts).await;
    network.done(&["stake", "take", "9%", "--suri", "//Bob", "--hotkey-address", "//Bob//hotkey"]);
    assert_eq!(network.done(&["stake", "delegates"])[0]["take"], 5_898);

    network.done(&["root", "register", "--suri", "//Bob", "--hotkey-address", "//Bob//hotkey"]);
    network.done(&["root", "weights", "1=1", "--suri", "//Bob//hotkey"]);
    let again = network.refused(&["root", "weights", "1=1", "--suri", "//Bob//hotkey"]);
    assert!(again.contains("blocks"), "{again}");
    let root = network.done(&["root", "show"]);
    assert_eq!(root["seats"][0]["stake"], 100 * TOKEN);
    assert_eq!(root["seats"][0]["weights"], serde_json::json!([[1, u16::MAX]]));
    eventually("the subnet's share", || async { network.metagraph().await.subnet.share.gt(&0).then_some(()) }).await;
    assert_eq!(network.done(&["root", "show"])["shares"][0]["emission"], TOKEN);

    let before = network.chain.balance(&account("//Eve")).await.unwrap();
    network.done(&["transfer", "//Eve", "1.5", "--suri", "//Bob"]);
    assert_eq!(network.chain.balance(&account("//Eve")).await.unwrap(), before + TOKEN / 2 * 3);
    network.done(&["balance", "//Eve"]);
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    let network = Network::founded_quick(&["//Bob"]).await;
    let hotkey = hotkey_of("//Bob");
    let again = network.refused(&["register", "1", "--suri", "//Bob", "--hotkey-address", &hotkey]);
    assert!(again.contains("already has a seat"), "{again}");
    let nowhere = network.refused(&["register", "9", "--suri", "//Bob", "--hotkey-address", "//Bob//other"]);
    assert!(nowhere.contains("plexus subnet list"), "{nowhere}");
    let greedy = network.refused(&["stake", "add", "2000000", "--suri", "//Bob", "--hotkey-address", &hotkey]);
    assert!(greedy.contains("balance"), "{greedy}");
    let poor = network.refused(&["register", "1", "--suri", "//Pauper", "--hotkey-address", "//Pauper//hotkey"]);
    assert!(poor.to_lowercase().contains("account") || poor.contains("fee"), "{poor}");
    let unseated = network.refused(&["root", "register", "--suri", "//Eve", "--hotkey-address", "//Eve//hotkey"]);
    assert!(unseated.contains("plexus register"), "{unseated}");
    let amount = network.refused(&["stake", "add", "1.0000000001", "--suri", "//Bob"]);
    assert!(amount.contains("9 decimals"), "{amount}");
}

#[tokio::test]
async fn every_way_in_which_a_call_can_fail_has_a_sentence_that_says_what_to_do() {
    let network = Network::start().await;
    let failures = network.chain.failures().await.unwrap();
    assert!(failures.len() > 100, "only {} errors were found", failures.len());
    let advises =
        |sentence: &str| [";", ":", "`", " must ", "wait", "please report"].iter().any(|part| sentence.contains(part));
    let mute: Vec<_> = failures
        .iter()
        .filter(|failure| !advises(&failure.sentence) || !failure.sentence.ends_with('.'))
        .map(|failure| format!("{}.{}: {}", failure.pallet, failure.error, failure.sentence))
        .collect();
    assert!(mute.is_empty(), "{} errors leave their reader alone:\n{}", mute.len(), mute.join("\n"));
}

/// The JSON of a command that must succeed.
#[tokio::test]
async fn a_seat_is_worked_for_and_the_owner_is_kept_from_changing_rules_at_will() {
    let network = Network::founded_quick(&[]).await;
    let owner = ["--suri", "//Alice"];
    let set = |setting: &str| network.run(&[&["subnet", "set", "1", setting], &owner[..]].concat());
    let changed = set("min_difficulty=200000");
    assert!(changed.success, "{}", changed.stderr);
    let again = network.refused(&[&["subnet", "set", "1", "min_difficulty=300000"], &owner[..]].concat());
    assert!(again.contains("two tempos") && again.contains("plexus subnet show"), "{again}");
    let shown = network.run(&["subnet", "show", "1"]);
    assert!(shown.stdout.lines().any(|line| line.starts_with("min_difficulty") && line.contains("locked until block")));

    let keys = ["--suri", "//Dave", "--hotkey-address", "//Dave//hotkey"];
    let before = network.chain.balance(&account("//Dave")).await.unwrap();
    let seat = network.run(&[&["--json", "register", "1", "--pow", "--threads", "2"], &keys[..]].concat());
    assert!(seat.success, "{}", seat.stderr);
    assert_eq!(seat.json()["uid"], 0);
    assert_eq!(network.chain.balance(&account("//Dave")).await.unwrap(), before, "neither price nor fee");
    assert_eq!(network.metagraph().await.subnet.difficulty, 252_000);
    let again = network.refused(&[&["register", "1", "--pow"], &keys[..]].concat());
    assert!(again.contains("already sits at uid 0"), "{again}");

    network.done(&["commitment", "publish", "1", "model 0xabc", "--suri", "//Dave//hotkey"]);
    let published = network.done(&["commitment", "show", "1"]);
    assert_eq!(published[0]["data"], serde_json::json!(b"model 0xabc"));

    let announced = network.run(&["prometheus", "1", "127.0.0.1:9616", "--suri", "//Dave//hotkey"]);
    assert!(announced.success, "{}", announced.stderr);
    let metrics = network.metagraph().await.neurons[0].prometheus.map(|endpoint| endpoint.to_string());
    assert_eq!(metrics.as_deref(), Some("127.0.0.1:9616"));
}

#[tokio::test]
async fn prices_are_quoted_and_a_refusal_names_the_block_in_which_it_ends() {
    let network = Network::start().await;
    network.done(&["subnet", "create", "--suri", "//Alice", "--hotkey-address", "//Alice//hotkey"]);
    network.done(&["subnet", "set", "1", "tempo=9", "target_registrations_per_interval=1", "--suri", "//Alice"]);
    let quoted = network.done(&["subnet", "price", "1"])["burn"].as_u64().unwrap();
    for seat in ["//Dave//1", "//Dave//2", "//Dave//3"] {
        network.done(&["register", "1", "--suri", "//Dave", "--hotkey-address", seat]);
    }
    let full = network.done(&["subnet", "price", "1"]);
    assert!(full["burn"].as_u64().unwrap() > quoted, "{full}");
    let until = full["obstacle"]["interval_full"]["until"].as_u64().unwrap();
    let refusal = network.refused(&["register", "1", "--suri", "//Dave", "--hotkey-address", "//Dave//4"]);
    assert!(refusal.contains(&format!("the next registration is possible in block {until}")), "{refusal}");

    assert_eq!(network.done(&["subnet", "price"])["obstacle"], serde_json::Value::Null);
    let poor = network.refused(&["subnet", "create", "--suri", "//Nobody", "--hotkey-address", "//Nobody//hotkey"]);
    assert!(poor.contains("a subnet locks") && poor.contains("by block"), "{poor}");

    let columns = network.done(&["metagraph", "1", "--fields", "uid,incentive"]);
    assert_eq!((&columns["uid"], &columns["hotkey"]), (&serde_json::json!([0, 1, 2]), &serde_json::Value::Null));
    let table = network.run(&["metagraph", "1", "--fields", "uid,hotkey,stake"]).stdout;
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(network.done(&["subnet", "show", "1"])["epoch"]["blocks_left"].as_u64().is_some_and(|left| left <= 10));
}

#[tokio::test]
async fn subnets_and_coldkeys_say_who_they_are() {
    let network = Network::founded_quick(&["//Bob"]).await;
    network.stake("//Bob", 100).await;
    network.done(&[
        "subnet",
        "describe",
        "1",
        "--name",
        "Text · 文",
        "--url",
        "https://text.example",
        "--suri",
        "//Alice",
    ]);
    assert_eq!(network.done(&["subnet", "list"])[0]["identity"]["name"], "Text · 文");
    assert!(network.run(&["subnet", "show", "1"]).stdout.contains("https://text.example"));
    let soon = network.refused(&["subnet", "describe", "1", "--name", "Other", "--suri", "//Alice"]);
    assert!(soon.contains("100 blocks") && soon.contains("again in block"), "{soon}");
    let odd = network.refused(&["subnet", "describe", "1", "--name", "a\nb", "--suri", "//Alice"]);
    assert!(odd.contains("control characters"), "{odd}");

    let before = network.chain.balance(&account("//Bob")).await.unwrap();
    network.done(&["identity", "set", "--name", "Bob & Co", "--url", "bob.example", "--suri", "//Bob"]);
    network.done(&["identity", "set", "--url", "", "--email", "hi@bob.example", "--suri", "//Bob"]);
    let shown = network.done(&["identity", "show", "//Bob"])["identity"].clone();
    assert_eq!((&shown["name"], &shown["url"]), (&"Bob & Co".into(), &"".into()));
    let delegates = network.done(&["stake", "delegates"]);
    assert!(delegates.as_array().unwrap().iter().any(|delegate| delegate["name"] == "Bob & Co"), "{delegates}");
    network.done(&["identity", "clear", "--suri", "//Bob"]);
    assert_eq!(network.done(&["identity", "show", "//Bob"])["identity"], serde_json::Value::Null);
    let after = network.chain.balance(&account("//Bob")).await.unwrap();
    assert!(before - after < TOKEN / 20, "the deposit came back, and fees are small");
    let long = network.refused(&["identity", "set", "--name", &"x".repeat(33), "--suri", "//Bob"]);
    assert!(long.contains("more than 32 bytes"), "{long}");

    let nothing = network.refused(&["child", "set", "1", "--suri", "//Bob", "--hotkey-address", "//Bob//hotkey"]);
    assert!(nothing.contains("nothing to take back"), "{nothing}");
}

#[tokio::test]
async fn weights_are_refused_by_name_and_then_accepted() {
    let network = Network::founded_quick(&["//Bob", "//Charlie"]).await;
    network.stake("//Bob", 100).await;
    // Funds on the hotkey let a refused call be included, so that the chain itself says why.
    for hotkey in ["//Bob", "//Charlie"].map(hotkey_of) {
        network.submit("//Alice", Call::Transfer { to: account(&hotkey), amount: TOKEN }).await;
    }
    let set_by = |coldkey: &str, uids: Vec<u16>, values: Vec<u16>| {
        let (chain, hotkey) = (network.chain.clone(), pair(&hotkey_of(coldkey)));
        async move { chain.submit(&hotkey, Call::SetWeights { netuid: SUBNET, uids, values, version: 0 }).await }
    };
    let set = |uids, values| set_by("//Bob", uids, values);
    let reason = |outcome: Result<_, ChainError>| match outcome {
        Err(ChainError::Rejected { error, .. }) => error,
        other => panic!("expected a refusal, got {:?}", other.map(|_| ())),
    };
    eventually("Bob's permit", || async { network.metagraph().await.neurons[0].validator_permit.then_some(()) }).await;
    assert_eq!(reason(set(vec![1], vec![1]).await), "CommitInstead", "a new subnet hides weights");
    let status =
        |coldkey| network.run(&["--json", "weights", "status", "1", "--hotkey-address", &hotkey_of(coldkey)]).json();
    assert_eq!(status("//Bob")["obstacle"], serde_json::Value::Null);
    assert!(status("//Charlie")["reason"].as_str().unwrap().contains("no validator permit"));
    assert!(network.run(&["subnet", "set", "1", "commit_reveal=false", "--suri", "//Alice"]).success);

    assert_eq!(reason(set_by("//Charlie", vec![0], vec![1]).await), "NoPermit", "Charlie has no stake");
    assert_eq!(reason(set(vec![1, 1], vec![1, 1]).await), "DuplicateUid");
    assert_eq!(reason(set(vec![7], vec![1]).await), "UnknownUid");
    assert_eq!(reason(set(vec![1], vec![1, 1]).await), "LengthMismatch");
    set(vec![1], vec![1]).await.unwrap();
    assert_eq!(network.chain.weights(SUBNET).await.unwrap()[0].weights, [(1, u16::MAX)]);
    eventually("Bob's bond to Charlie", || async {
        let rows = network.chain.bonds(SUBNET).await.ok()?;
        rows.first().is_some_and(|row| row.uid == 0 && row.bonds.iter().any(|bond| bond.0 == 1)).then_some(())
    })
    .await;
    assert_eq!(network.run(&["--json", "weights", "bonds", "1"]).json()[0]["bonds"][0][0], 1);
}

#[test]
fn a_yuma_case_prints_its_outcome_and_garbage_says_where_it_breaks() {
    let case = project("tests/vectors/yuma/h05_two_validator_miner.json");
    let case = plexus(&["yuma", case.to_str().unwrap()]);
    assert!(case.success, "{}", case.stderr);
    assert_eq!(case.json()["epochs"][0]["output"]["incentive"], serde_json::json!([0, 65_535]));

    let broken = TempDir::new().unwrap();
    let file = broken.path().join("case.json");
    std::fs::write(&file, "{\"epochs\": [{}]}").unwrap();
    let output = plexus(&["yuma", file.to_str().unwrap()]);
    assert!(!output.success && !output.stderr.is_empty());
}
