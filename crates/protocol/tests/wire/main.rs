//! The wire as a stranger meets it: real sockets, and bytes that no client of ours would send.

mod answers;
mod floods;
mod refusals;
mod signatures;
mod support;
