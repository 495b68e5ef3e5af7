//! The wired runtime as it ships: its genesis, real blocks, signed extrinsics, and every invariant checked after each.

mod chain;
mod commits;
mod epoch;
mod money;
mod reads;
mod seats;
mod stake;
mod subnets;
mod weight;
mod weights;
