#!/usr/bin/env bash
# Fuzzes each target for SECONDS (first argument, 60 if none) on the stable compiler; further arguments go to libFuzzer.
# What it learns stays in the target folder; an input that breaks a law is left there too, and named. Few files that
# reach as much of the code as all do are picked for tests/fuzz/corpus by running a target's binary with
# `-set_cover_merge=1 -use_counters=0 tests/fuzz/corpus/TARGET LEARNT`.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift $(($# > 0))
host=$(rustc --print host-tuple)
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/fuzz"
# Counters at every edge, operands of comparisons, and no arithmetic that wraps unseen. Naming the --target keeps this
# out of build scripts.
export RUSTFLAGS="--cfg fuzzing -C codegen-units=1 -C debug-assertions -C overflow-checks -C passes=sancov-module \
    -C llvm-args=-sanitizer-coverage-level=4 -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
    -C llvm-args=-sanitizer-coverage-pc-table -C llvm-args=-sanitizer-coverage-trace-compares"
cargo build --release --package fuzz --bins --target "$host"

for target in epoch case; do
    learnt="$CARGO_TARGET_DIR/corpus/$target"
    mkdir -p "$learnt"
    "$CARGO_TARGET_DIR/$host/release/fuzz-$target" "$learnt" "tests/fuzz/corpus/$target" \
        -dict=tests/fuzz/case.dict -artifact_prefix="$CARGO_TARGET_DIR/$target-" \
        -max_len=4096 -timeout=10 -print_final_stats=1 -max_total_time="$seconds" "$@" 2>&1 |
        grep --line-buffered -v REDUCE
done
