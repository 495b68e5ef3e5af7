//! What a validator tells: its status, the rounds that it keeps, and proofs of the answers that it serves.
//!
//! All of it is JSON. A validator serves it on a loopback address that stands in its data folder, in the file
//! [`ADDRESS_FILE`], to whoever sends the token beside it, see [`Access`]: the [`Status`] at [`STATUS_PATH`], and each
//! [`Round`] that it still has at [`round_path`].

mod access;
mod proof;
mod round;
mod status;

pub use access::Access;
pub use proof::Proof;
pub use round::{Beacon, Round};
pub use status::{
    Activity, Agreement, Average, Judged, Kept, LastRound, Outcome, Status, Submission, Trouble, Weights,
};

/// Holds the [`Access`] to the running validator in its data folder, such as `127.0.0.1:40123 5f0c`, for its user alone.
pub const ADDRESS_FILE: &str = "status.address";
pub const STATUS_PATH: &str = "/status";

/// Where the round of this number is.
pub fn round_path(number: u64) -> String {
    format!("/rounds/{number}")
}
