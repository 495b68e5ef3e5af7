#!/usr/bin/env bash
# Installs the CUDA 13.0 compiler into DIR, from NVIDIA's wheels on PyPI: no GPU, driver or installer is needed. Idempotent.
# Prints the environment in which cargo finds it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: toolkit.sh DIR}
toolkit=$dir/nvidia/cu13

# A driver runs code of its own release and of older ones: 13.0 serves drivers from 580 on.
if [ ! -f "$dir/complete" ]; then
    rm -rf "$dir" && mkdir -p "$dir/wheels"
    python3 -m venv "$dir/venv"
    "$dir/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$dir/wheels" \
        nvidia-cuda-nvcc==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-crt==13.0.88 \
        nvidia-cuda-cccl==13.0.85 nvidia-cuda-runtime==13.0.96 >&2
    for wheel in "$dir"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$dir"; done
    rm -rf "$dir/wheels" "$dir/venv"
    chmod +x "$toolkit"/bin/* "$toolkit"/nvvm/bin/*
    mkdir -p "$toolkit/lib64"
    cp "$toolkit/lib/libcudart_static.a" "$toolkit/lib64/libcudart.a"
    touch "$dir/complete"
fi
python3 "$here/stubs.py" "$toolkit/lib64" >&2
echo "export CUDA_HOME='$toolkit' CUDA_PATH='$toolkit' NVCC='$toolkit/bin/nvcc' PATH='$toolkit/bin':\"\$PATH\""
