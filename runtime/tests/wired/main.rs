//! The wired runtime as it ships: its genesis, real blocks, signed extrinsics, and every invariant checked after each.

mod authorities;
mod chain;
mod childkeys;
mod coldkeys;
mod commitments;
mod commits;
mod epoch;
mod governance;
mod hotkeys;
mod hyperparams;
mod money;
mod reads;
mod renaming;
mod replacement;
mod rights;
mod root;
mod seats;
mod stake;
mod storage;
mod subnets;
mod weight;
mod weights;
mod work;
