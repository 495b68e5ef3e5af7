#!/usr/bin/env bash
# Measures what the checks of answers let pass and what they cost, and renews docs/verification.md and docs/embed.md. The
# first run trains the early checkpoint among the cheats, a tenth of the steps of the shipped model, which takes minutes,
# and fetches a chat model and one of sentence embeddings.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh
home=$(realpath -m "${CARGO_TARGET_DIR:-target}")/verification
early=$home/early
if [ ! -e "$early/config.json" ]; then
    cargo build --release -p trainer
    text=$(scripts/text.sh "$home/text")
    rm -rf "$early.part"
    "$(dirname "$home")/release/plexus-trainer" --text "$text" --out "$early.part" --steps 160 --evaluate-every 160
    mv "$early.part" "$early"
fi
chat=$home/SmolLM2-135M-Instruct
if [ ! -e "$chat" ]; then
    cargo build --release -p miner
    scripts/smollm.sh "$chat.gguf"
    "$(dirname "$home")/release/plexus-miner" unpack "$chat.gguf" "$chat"
fi
cargo run --release -p subnet-text --example verification -- all "$early" "$chat"
scripts/minilm.sh "$home/all-MiniLM-L6-v2"
cargo run --release -p subnet-embed --example thresholds -- "$home/all-MiniLM-L6-v2"
