//! How long an epoch takes inside wasm. What an instance and the making of a subnet cost is subtracted.

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use std::time::Duration;
use synthetic::{sizes, Variant};
use wasm_epoch::Host;

fn epochs(criterion: &mut Criterion) {
    let host = Host::new().expect("unset SKIP_WASM_BUILD to build the guest");
    for variant in Variant::ALL {
        let mut group = criterion.benchmark_group(format!("{variant:?} in wasm"));
        for size in sizes() {
            if let Err(error) = host.time(size, variant, 1) {
                println!("{variant:?} in wasm/{size}: {error}");
                continue;
            }
            let time = |count| host.time(size, variant, count).expect("it could be run before");
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter_custom(|count| time(count).saturating_sub(time(0)));
            });
        }
    }
}

criterion_group! {
    name = wasm;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2));
    targets = epochs
}
criterion_main!(wasm);
