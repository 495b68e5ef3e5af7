//! The wired runtime as it ships: its genesis, real blocks, signed extrinsics, and every invariant checked after each.

mod attacks;
mod authorities;
mod call_weights;
mod chain;
mod childkeys;
mod commitments;
mod commits;
mod epoch;
mod governance;
mod hyperparams;
mod identity;
mod money;
mod reading;
mod reads;
mod replacement;
mod rights;
mod root;
mod seats;
mod spam;
mod stake;
mod storage;
mod subnets;
mod weight;
mod weights;
mod work;
