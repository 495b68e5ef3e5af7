#!/usr/bin/env bash
# Runs other people's clients of OpenAI's API against `plexus-miner serve`: clients.sh BINARY [pytest's arguments].
# They are installed into a virtual environment in the target folder, once for each state of requirements.txt.
set -euo pipefail
binary=$(realpath "${1:?say which plexus-miner: clients.sh target/release/plexus-miner}")
shift
clients=$(realpath "$(dirname "$0")/../tests/clients")
venv=$(dirname "$(dirname "$binary")")/clients-venv

if ! cmp --silent "$clients/requirements.txt" "$venv/installed.txt"; then
    python3 -m venv --clear "$venv" || { echo "python3 with venv is missing: make setup installs it" >&2; exit 1; }
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$clients/requirements.txt"
    cp "$clients/requirements.txt" "$venv/installed.txt"
fi
export PLEXUS_MINER=$binary PYTHONDONTWRITEBYTECODE=1 LANGSMITH_TRACING=false LITELLM_LOCAL_MODEL_COST_MAP=True
cd "$clients"
exec "$venv/bin/python" -m pytest --quiet -p no:cacheprovider --rootdir "$clients" \
    -o asyncio_mode=auto -o asyncio_default_test_loop_scope=session "$@" .
