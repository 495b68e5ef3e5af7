#!/usr/bin/env bash
# Measures the miner beside llama.cpp on this machine: the same GGUF file, the same threads, one after the other, ROUNDS
# times, and the best of each. Without a file it makes one with random weights in the shape of Qwen3-0.6B.
#   scripts/bench-llama.sh [FILE.gguf]        THREADS=1 ROUNDS=2 FORMAT=q8_0|q4_k
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
format=${FORMAT:-q8_0}
threads=${THREADS:-$(nproc)}
home=${LLAMA_HOME:-$target/bench-llama}
miner=${MINER:-$target/release/plexus-miner}
prompts=128,512
streams=1,4,16,32
tokens=64

mkdir -p "$home"
llama=$(dirname "$(scripts/llama.sh)")

file=${1:-$home/synthetic-$format.gguf}
if [ ! -e "$file" ]; then
    source scripts/env.sh
    cargo run --release -p inference --example synthetic -- "$home/synthetic"
    "$miner" quantize "$home/synthetic" "$file" --format "$format"
    rm -r "$home/synthetic"
fi

: >"$home/ours.jsonl"
: >"$home/theirs.jsonl"
theirs() {
    LD_LIBRARY_PATH=$llama "$llama/llama-batched-bench" -m "$file" -c 8192 -b 2048 -ub 512 -t "$threads" -tb "$threads" \
        --output-format jsonl "$@" 2>/dev/null | grep '^{' >>"$home/theirs.jsonl"
}
for _ in $(seq "${ROUNDS:-2}"); do
    "$miner" bench "$file" --threads "$threads" --prefill $prompts --streams $streams --tokens $tokens --json \
        >>"$home/ours.jsonl"
    theirs -npp $prompts -ntg 1 -npl 1
    theirs -npp 16 -ntg $tokens -npl $streams
done
python3 scripts/bench_llama.py "$home/ours.jsonl" "$home/theirs.jsonl"
