//! How many threads models compute on.

use std::env;
use std::thread::available_parallelism;

use candle_core::utils::{barrier_pool, get_num_threads};

/// What candle and the libraries under it read, once.
const VARIABLES: [&str; 2] = ["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS"];

/// Lets models compute on `wanted` threads: without a number on as many as the environment says (`CANDLE_NUM_THREADS`), or
/// else one for each core that the process may use. More threads than cores make every one wait for the slowest, so
/// processes that share a machine should share out its cores.
///
/// Has to be called before the process has other threads and before a model is loaded; later it has no effect.
pub fn use_threads(wanted: Option<usize>) {
    let unset = VARIABLES.iter().all(|name| env::var_os(name).is_none());
    let own = || get_num_threads().min(available_parallelism().map_or(1, usize::from));
    let Some(threads) = wanted.or_else(|| unset.then(own)) else { return };
    VARIABLES.iter().for_each(|name| env::set_var(name, threads.max(1).to_string()));
}

/// Threads that models compute on.
pub fn threads() -> usize {
    barrier_pool().n_workers() + 1
}
