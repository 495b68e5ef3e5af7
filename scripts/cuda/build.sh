#!/usr/bin/env bash
# Builds miner and validator for NVIDIA GPUs, on a machine with or without one, into the folder `cuda` of the target folder.
# CUDA_COMPUTE_CAP names the GPUs: 80 A100, 86 RTX 30, 89 RTX 40 and L4, 90 H100 and H200 (default: this machine's, else 90).
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${CARGO_TARGET_DIR:-$PWD/target}
if ! command -v nvcc >/dev/null; then
    environment=$(scripts/cuda/toolkit.sh "$target/tools/cuda-13.0")
    eval "$environment"
fi
if [ -z "${CUDA_COMPUTE_CAP:-}" ]; then
    CUDA_COMPUTE_CAP=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d .) || true
fi
export CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-90} CARGO_TARGET_DIR=$target/cuda

echo "Building for compute capability $CUDA_COMPUTE_CAP; the kernels take about ten minutes of one core the first time."
cargo build --release --package miner --package validator --features miner/cuda,validator/cuda "$@"
echo "Built $CARGO_TARGET_DIR/release/plexus-miner and plexus-validator."
# Says which GPU was found and how the model runs on it, or that there is none.
"$CARGO_TARGET_DIR/release/plexus-miner" check models/tiny --cuda 0 || true
