//! What calls and hooks weigh, one generated file a pallet; `scripts/weights.sh` measures and writes them again.

pub mod pallet_yuma;
