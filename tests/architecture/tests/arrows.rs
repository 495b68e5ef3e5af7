//! The arrows of ARCHITECTURE.md, checked against what cargo says.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};

/// What each package of the workspace may use of the workspace. Whatever is missing here fails the test, so a new room
/// has to say where it stands.
const ALLOWED: &[(&str, &[&str])] = &[
    ("primitives", &[]),
    ("yuma", &[]),
    ("issuance", &[]),
    ("inference", &[]),
    ("yuma-case", &["yuma"]),
    ("chain-traits", &["primitives"]),
    ("metagraph-api", &["primitives"]),
    ("chain-client", &["primitives"]),
    ("protocol", &["primitives"]),
    ("daemon", &["primitives"]),
    ("openai", &["daemon", "inference"]),
    ("subnet", &["primitives", "protocol"]),
    ("validator-api", &["primitives", "protocol", "subnet"]),
    ("pallet-block-time", &[]),
    ("pallet-subnets", &["chain-traits", "primitives"]),
    ("pallet-hyperparams", &["chain-traits", "primitives"]),
    ("pallet-neurons", &["chain-traits", "primitives"]),
    ("pallet-stake", &["chain-traits", "primitives"]),
    ("pallet-weights", &["chain-traits", "primitives"]),
    ("pallet-childkeys", &["chain-traits", "primitives"]),
    ("pallet-commitments", &["chain-traits", "primitives"]),
    ("pallet-yuma", &["chain-traits", "primitives", "yuma"]),
    ("pallet-root", &["chain-traits", "primitives"]),
    ("pallet-emission", &["chain-traits", "primitives", "issuance"]),
    ("pallet-authorities", &["primitives"]),
    ("pallet-governance", &["chain-traits", "primitives"]),
    ("pallet-keys", &["chain-traits", "primitives"]),
    (
        "plexus-runtime",
        &[
            "chain-traits",
            "metagraph-api",
            "primitives",
            "pallet-block-time",
            "pallet-subnets",
            "pallet-hyperparams",
            "pallet-neurons",
            "pallet-stake",
            "pallet-weights",
            "pallet-childkeys",
            "pallet-commitments",
            "pallet-root",
            "pallet-yuma",
            "pallet-emission",
            "pallet-authorities",
            "pallet-governance",
            "pallet-keys",
        ],
    ),
    ("node", &["metagraph-api", "primitives"]),
    ("subnet-template", &["subnet"]),
    ("subnet-text", &["inference", "primitives", "protocol", "subnet"]),
    ("subnet-embed", &["subnet"]),
    ("subnet-remote", &["subnet"]),
    (
        "subnet-catalog",
        &[
            "inference",
            "primitives",
            "protocol",
            "subnet",
            "subnet-embed",
            "subnet-remote",
            "subnet-template",
            "subnet-text",
        ],
    ),
    ("miner", &["chain-client", "daemon", "inference", "openai", "primitives", "protocol", "subnet", "subnet-catalog"]),
    (
        "validator",
        &["chain-client", "daemon", "openai", "primitives", "protocol", "subnet", "subnet-catalog", "validator-api"],
    ),
    (
        "cli",
        &[
            "chain-client",
            "daemon",
            "inference",
            "issuance",
            "primitives",
            "protocol",
            "subnet",
            "subnet-catalog",
            "validator-api",
            "yuma-case",
        ],
    ),
    ("trainer", &["inference"]),
    ("vectors", &["yuma-case"]),
    ("sim", &["issuance", "subnet", "yuma"]),
    ("fixtures", &["primitives"]),
    ("scripted-node", &["primitives"]),
    ("echo", &["primitives", "protocol", "subnet"]),
    ("fuzz", &["yuma", "yuma-case"]),
    ("synthetic", &["yuma"]),
    ("next-runtime", &["plexus-runtime"]),
    ("wasm-epoch", &["synthetic", "yuma"]),
    ("architecture", &[]),
    ("e2e", &["chain-client", "primitives", "protocol", "subnet"]),
];

/// Names of a package's dependencies within the workspace, those of its tests left out.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata runs in a workspace");
    let ours: BTreeSet<_> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let uses = |package: &cargo_metadata::Package| {
        package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.clone())
            .filter(|name| ours.contains(name))
            .collect()
    };
    metadata.packages.iter().map(|package| (package.name.to_string(), uses(package))).collect()
}

#[test]
fn every_arrow_points_where_the_architecture_allows() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().map(|(name, uses)| (*name, *uses)).collect();
    for (name, uses) in arrows() {
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("say in arrows.rs what {name} may use"));
        for used in uses {
            assert!(allowed.contains(&used.as_str()), "{name} must not depend on {used}");
        }
    }
}

#[test]
fn every_named_package_exists() {
    let existing = arrows();
    for (name, _) in ALLOWED {
        assert!(existing.contains_key(*name), "{name} stands in arrows.rs but not in the workspace");
    }
}

#[test]
fn a_folder_is_named_after_its_package() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata runs in a workspace");
    for package in &metadata.packages {
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
        let (room, parent) = (folder.file_name().unwrap_or_default(), folder.parent().and_then(|p| p.file_name()));
        let expected = match parent {
            Some("pallets") => format!("pallet-{room}"),
            Some("subnets") => format!("subnet-{room}"),
            _ if room == "runtime" => "plexus-runtime".into(),
            _ => room.to_string(),
        };
        assert_eq!(package.name.as_str(), expected, "{folder}");
    }
}
