#!/usr/bin/env bash
# Type-checks what is built with the feature `cuda`, without NVIDIA's compiler.
set -euo pipefail
cd "$(dirname "$0")/../.."

stand_in=$PWD/scripts/cuda/stand-in
export PATH=$stand_in/bin:$PATH NVCC=$stand_in/bin/nvcc CUDA_HOME=$stand_in CUDA_COMPUTE_CAP=90
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/cuda-check
cargo check --quiet --package inference --features cuda --tests
