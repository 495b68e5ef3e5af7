#!/usr/bin/env bash
# Fetches one file and checks what came: fetch.sh ADDRESS SHA256 FILE WHAT-TO-DO-WITHOUT-IT
set -euo pipefail
url=$1 sum=$2 file=$3 otherwise=$4
curl --fail --silent --show-error --location --retry 3 --max-time 600 --output "$file" "$url" || {
    echo "Could not fetch $url. Try again later, or $otherwise" >&2
    exit 1
}
echo "$sum  $file" | sha256sum --check --quiet || {
    echo "What $url gave is not what was expected; $otherwise" >&2
    exit 1
}
