//! What an epoch costs, as the chain accounts for it.

use crate::chain::*;
use frame_system::limits::BlockWeights;
use plexus_runtime::{Runtime, System};
use primitives::{Hyperparams, TOKEN};

/// 64 validators that each weight all other seats of a full subnet.
fn fill_a_subnet() {
    create_subnet();
    set_params(Hyperparams { max_registrations_per_block: 256, tempo: 50, ..params() });
    for uid in 0..256u16 {
        register("//Bob", &format!("//Bob//{uid}")).expect("registered");
        if uid < 64 {
            stake("//Bob", &format!("//Bob//{uid}"), u64::from(100 + uid) * TOKEN).expect("staked");
        }
        if uid % 16 == 0 {
            next_block();
        }
    }
    run_epoch();
    for uid in 0..64u16 {
        let row: Vec<_> = (64..256u16).map(|target| (target, 1 + (uid + target) % 50)).collect();
        set_weights(&format!("//Bob//{uid}"), &row).expect("set");
        next_block();
    }
}

#[test]
fn an_epoch_of_256_neurons_leaves_most_of_its_block_to_others() {
    on_a_chain(|| {
        fill_a_subnet();
        run_to_block(metagraph().next_epoch - 1);
        let started = std::time::Instant::now();
        next_block();
        let (elapsed, after) = (started.elapsed(), metagraph());
        assert_eq!(after.last_epoch, Some(after.block), "this block ran the epoch");
        assert!(after.neurons[64..].iter().all(|neuron| neuron.incentive > 0));

        let used = System::block_weight().total().ref_time();
        let limits: BlockWeights = <Runtime as frame_system::Config>::BlockWeights::get();
        let limit = limits.max_block.ref_time();
        let per_mille = used * 1_000 / limit;
        println!("declared: {per_mille} per mille of a block; measured, native: {elapsed:?}");
        assert!(per_mille < 100, "an epoch takes {per_mille} per mille of its block");
    });
}
