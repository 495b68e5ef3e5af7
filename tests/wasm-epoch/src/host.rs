//! Calls the guest.

use std::time::{Duration, Instant};

use codec::{Decode, Encode};
use sc_executor::error::Error;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use synthetic::{Size, Variant};

/// The executor with the settings that the node has unless its command line differs: compiled, with 128 MiB of heap.
pub struct Host {
    executor: WasmExecutor,
    guest: &'static [u8],
}

impl Host {
    /// `None` if the build of the wasm was skipped.
    pub fn new() -> Option<Self> {
        Some(Self { executor: WasmExecutor::builder().build(), guest: crate::WASM_BINARY? })
    }

    /// How long `count` epochs take in a fresh instance, creating the subnet included.
    ///
    /// # Errors
    /// If the guest traps, as it does when the subnet does not fit into its memory.
    pub fn time(&self, size: Size, variant: Variant, count: u64) -> Result<Duration, Error> {
        let arguments = (size.neurons, size.validators, size.weights_per_row, variant as u8, count).encode();
        let start = Instant::now();
        self.call("epochs", &arguments)?;
        Ok(start.elapsed())
    }

    /// The [`checksum`](synthetic::checksum) of an epoch; `None` if the consensus refused the subnet.
    ///
    /// # Errors
    /// Those of [`time`](Self::time).
    pub fn checksum(&self, size: Size, variant: Variant) -> Result<Option<u64>, Error> {
        let arguments = (size.neurons, size.validators, size.weights_per_row, variant as u8).encode();
        let result = self.call("epoch_checksum", &arguments)?;
        Decode::decode(&mut &result[..]).map_err(|error| Error::Other(error.to_string()))
    }

    fn call(&self, function: &str, arguments: &[u8]) -> Result<Vec<u8>, Error> {
        let code = RuntimeCode {
            code_fetcher: &WrappedRuntimeCode(self.guest.into()),
            hash: b"guest".to_vec(),
            heap_pages: None,
        };
        let mut externalities = sp_io::TestExternalities::default();
        self.executor.call(&mut externalities.ext(), &code, function, arguments, CallContext::Onchain).0
    }
}
