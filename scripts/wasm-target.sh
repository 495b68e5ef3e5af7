#!/usr/bin/env bash
# Makes sure that some installed Rust toolchain can build the runtime for wasm32v1-none; idempotent.
# Where rustup can download, that is one `rustup target add`. Where it cannot, Debian's `rustc-web` brings a
# second toolchain with its sources, from which the target's core library is built once and linked as `deb`.
set -euo pipefail

target=wasm32v1-none
has_target() { [ -d "$(rustup run "$1" rustc --print sysroot 2>/dev/null)/lib/rustlib/$target/lib" ]; }
default_toolchain=$(rustup show active-toolchain | cut -d' ' -f1)

has_target "$default_toolchain" && exit 0
has_target deb && exit 0
if rustup target add "$target" >/dev/null 2>&1 && has_target "$default_toolchain"; then exit 0; fi

echo "rustup cannot fetch $target here; building its core library from Debian's rust-web-src"
for package in rustc-web cargo-web rust-web-src; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="${missing:-} $package"
done
if [ -n "${missing:-}" ]; then
    # shellcheck disable=SC2086 # a list of package names
    "$(dirname "$0")/apt-install.sh" $missing
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src"
echo '#![no_std]' >"$work/src/lib.rs"
printf '[package]\nname = "core-for-wasm"\nversion = "0.0.0"\nedition = "2021"\n[profile.release]\npanic = "abort"\n' >"$work/Cargo.toml"
# Bitcode is embedded because the runtime is linked with LTO and fails on rlibs without it.
(cd "$work" && env -u RUSTUP_TOOLCHAIN RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS="-C embed-bitcode=yes" \
    CARGO_TARGET_DIR="$work/target" /usr/bin/cargo build --quiet --release --target $target -Z build-std=core,alloc,panic_abort)

sysroot=/usr/lib/rustlib
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
$sudo mkdir -p $sysroot/$target/lib $sysroot/x86_64-unknown-linux-gnu/bin
$sudo cp "$work"/target/$target/release/deps/lib{core,alloc,compiler_builtins,panic_abort,rustc_std_workspace_core}-*.r{lib,meta} $sysroot/$target/lib/
# rustup's toolchain ships the linker that Debian's lacks.
$sudo ln -sf "$(rustup run "$default_toolchain" rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld" \
    $sysroot/x86_64-unknown-linux-gnu/bin/rust-lld
rustup toolchain link deb /usr
