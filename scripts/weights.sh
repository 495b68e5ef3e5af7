#!/usr/bin/env bash
# Measures every benchmark in the wasm runtime and writes runtime/src/weights. Further arguments go to the benchmarking
# tool, for example --steps 4 --repeat 2, or --pallet pallet_stake --extrinsic '*'. The first run installs that tool,
# which takes as long as a first build of the node.
# With --check it measures nothing, and only sees that the benchmarks compile; with --largest it only times the largest
# epoch that there can be, and writes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

target=${CARGO_TARGET_DIR:-$PWD/target}

# The flags and the profile are those of the shipped wasm. Its native twin is not needed, and the folder is another one,
# because a node must never load a runtime with benchmarks in it.
runtime_with_benchmarks() {
    RUSTFLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime" \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=3 CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_LTO=thin \
        RUSTUP_TOOLCHAIN=${WASM_BUILD_TOOLCHAIN:-$(rustup show active-toolchain | cut -d' ' -f1)} \
        cargo "$@" --release --package plexus-runtime --lib --target wasm32v1-none --target-dir "$target/benchmarks" \
        --no-default-features --features runtime-benchmarks
}
if [ "${1:-}" = --check ]; then
    runtime_with_benchmarks check --quiet
    exit
fi
runtime_with_benchmarks rustc --crate-type cdylib

bencher=$target/tools/bin/frame-omni-bencher
# The version that belongs to the polkadot-sdk release in Cargo.toml; the wasm that it brings along is not needed.
[ -x "$bencher" ] || SKIP_WASM_BUILD=1 cargo install frame-omni-bencher@0.17.3 --locked \
    --root "$target/tools" --target-dir "$target/tools/build"

arguments=("$@")
given() { [[ " ${arguments[*]} " == *" $1 "* ]]; }
measure() {
    "$bencher" v1 benchmark pallet --runtime "$target/benchmarks/wasm32v1-none/release/plexus_runtime.wasm" \
        --genesis-builder runtime --disable-proof-recording "$@"
}
if [ "${1:-}" = --largest ]; then
    measure --extra --repeat 10 --pallet pallet_yuma --extrinsic largest_epoch
    exit
fi
# The tool takes no option twice: what is given takes the place of what stands here.
given --pallet || arguments+=(--all)
given --steps || arguments+=(--steps 10)
given --repeat || arguments+=(--repeat 10)
# Medians, because the other analysis moves cost from the slopes to the base where the base comes out below zero.
measure --output-analysis median-slopes --output runtime/src/weights "${arguments[@]}"
# The paths of this machine are nobody's business.
sed -i "s|$target/||" runtime/src/weights/*.rs
