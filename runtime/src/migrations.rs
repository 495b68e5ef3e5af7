//! What this runtime does to the state of the one that it replaces, in the first block that it runs.

/// Nothing: this is the first version.
#[cfg(not(feature = "next"))]
pub type Migrations = ();

#[cfg(feature = "next")]
pub use next::LongerSilence as Migrations;

#[cfg(feature = "next")]
mod next {
    use crate::{Hyperparams, Runtime};
    use frame_support::{
        traits::{OnRuntimeUpgrade, StorageVersion},
        weights::Weight,
    };
    use pallet_hyperparams::Parameters;
    use primitives::Hyperparams as Params;

    /// The migration of the runtime after this one, which end-to-end tests upgrade to: every subnet tolerates silence for
    /// one block longer. The version in the state sees to it that this happens once.
    pub struct LongerSilence;

    impl OnRuntimeUpgrade for LongerSilence {
        fn on_runtime_upgrade() -> Weight {
            let weight =
                |subnets| <Runtime as frame_system::Config>::DbWeight::get().reads_writes(1 + subnets, subnets);
            if StorageVersion::get::<Hyperparams>() >= 1 {
                return weight(0);
            }
            StorageVersion::new(1).put::<Hyperparams>();
            let mut items = 1;
            Parameters::<Runtime>::translate_values(|params: Params| {
                items += 1;
                // Without the default, a subnet that is at the limit would lose its parameters.
                let activity_cutoff = params.activity_cutoff.checked_add(1).unwrap_or(params.activity_cutoff);
                Some(Params { activity_cutoff, ..params })
            });
            weight(items)
        }
    }
}
