//! What waits for blocks far more than it computes: in one program these tests wait side by side.

mod audit;
mod authorities;
mod commands;
mod daemons;
mod governance;
mod keys;
mod nodes;
mod reading;
