//! Whole economies in memory: what each strategy earns under Yuma consensus, epoch after epoch.
//!
//! ```text
//! strategies -> network (rows, commit-reveal) -> economy (mint, yuma::run, pay into stake) -> experiments -> report
//! ```
//!
//! The consensus and the emission are those of the chain, to the unit. Everything is seeded and free of functions that
//! differ between machines, so the same command prints the same text and draws the same picture everywhere.

pub mod contour;
pub mod economy;
pub mod experiments;
pub mod network;
pub mod page;
pub mod plot;
pub mod random;
pub mod report;
pub mod strategies;
