//! The fuzz targets' functions on the committed inputs, without a fuzzer, and on one larger than a fuzzer makes.

use std::path::Path;

use synthetic::{subnet, Variant, DENSE};

/// Calls `target` with each file in its folder of the corpus.
fn replay(folder: &str, target: fn(&[u8])) {
    let folder = Path::new("corpus").join(folder);
    let files: Vec<_> = folder.read_dir().expect("the corpus is committed").collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in files {
        let path = file.expect("a folder can be listed").path();
        println!("{}", path.display());
        target(&std::fs::read(path).expect("a file of the corpus can be read"));
    }
}

#[test]
fn no_epoch_of_the_corpus_breaks_a_law() {
    replay("epoch", fuzz::epoch);
}

#[test]
fn no_case_of_the_corpus_breaks_a_law() {
    replay("case", fuzz::case);
}

#[test]
fn no_large_subnet_breaks_a_law() {
    for variant in Variant::ALL {
        let (input, params) = subnet(512, 64, DENSE, variant);
        assert!(fuzz::laws::hold_for(&input, &params).is_some());
    }
}
