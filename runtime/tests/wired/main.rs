//! The wired runtime as it ships: its genesis, real blocks, signed extrinsics, and every invariant checked after each.

mod authorities;
mod chain;
mod epoch;
mod governance;
mod money;
mod reads;
mod rights;
mod seats;
mod stake;
mod subnets;
mod weight;
mod weights;
