#!/usr/bin/env bash
# Installs what a build needs on a fresh Debian machine that has rustup; idempotent, and quick when all is there.
set -euo pipefail
cd "$(dirname "$0")"

command -v rustup >/dev/null || {
    echo "rustup is missing. Install it from your distribution or https://rustup.rs, then run this again." >&2
    exit 1
}
./apt-install.sh build-essential protobuf-compiler clang libclang-dev curl python3-venv
./wasm-target.sh
