# Sourced by the Makefile's recipes: which toolchain builds the wasm runtime (see wasm-target.sh).
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32v1-none/lib" ] && [ -d /usr/lib/rustlib/wasm32v1-none/lib ]; then
    export WASM_BUILD_TOOLCHAIN=deb
fi
