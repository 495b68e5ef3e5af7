#!/usr/bin/env bash
# Installs the named Debian packages that are missing; idempotent, and silent when there is nothing to do.
set -euo pipefail

missing=()
for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=$([ "$(id -u)" = 0 ] || echo sudo)
echo "installing ${missing[*]}"
log=$(mktemp)
{ $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
    cat "$log"
    echo "Could not install ${missing[*]}. Install them by hand with your package manager, then run this again." >&2
    exit 1
}
rm -f "$log"
