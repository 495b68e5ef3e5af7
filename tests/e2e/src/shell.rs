//! `plexus` against the node of a network.

use crate::{plexus, Network, Output};
use serde_json::Value;

impl Network {
    pub fn run(&self, arguments: &[&str]) -> Output {
        plexus(&[&["--node", &self.url()], arguments].concat())
    }

    /// What a command that must succeed prints for machines.
    pub fn done(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--json"], arguments].concat());
        assert!(output.success, "{arguments:?}: {}", output.stderr);
        output.json()
    }

    /// What a command said that must fail.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.success, "{arguments:?} should have failed: {}", output.stdout);
        output.stderr
    }
}
