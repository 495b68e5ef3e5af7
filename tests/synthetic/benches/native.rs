//! How long an epoch takes natively.

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use std::time::Duration;
use synthetic::{sizes, subnet, Variant};

fn epochs(criterion: &mut Criterion) {
    for variant in Variant::ALL {
        let mut group = criterion.benchmark_group(format!("{variant:?}"));
        for size in sizes() {
            let (input, params) = subnet(size.neurons, size.validators, size.weights_per_row, variant);
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter(|| yuma::run(&input, &params));
            });
        }
    }
}

criterion_group! {
    name = native;
    config = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2));
    targets = epochs
}
criterion_main!(native);
