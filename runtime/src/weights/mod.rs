//! What calls and hooks weigh, one generated file a pallet; `scripts/weights.sh` measures and writes them again.

pub mod pallet_authorities;
pub mod pallet_childkeys;
pub mod pallet_commitments;
pub mod pallet_emission;
pub mod pallet_governance;
pub mod pallet_hyperparams;
pub mod pallet_keys;
pub mod pallet_neurons;
pub mod pallet_root;
pub mod pallet_stake;
pub mod pallet_subnets;
pub mod pallet_weights;
pub mod pallet_yuma;
