#[cfg(feature = "std")]
fn main() {
    share_what_the_shipped_runtime_compiled();
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

/// Both runtimes are made of the same hundred crates, and the builder gives each a target folder of its own. A link
/// between them saves compiling all twice; cargo locks the folder while one of them uses it.
#[cfg(feature = "std")]
fn share_what_the_shipped_runtime_compiled() {
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let builds = out.ancestors().find(|folder| folder.ends_with("build")).and_then(|build| build.parent());
    let wasm = builds.expect("OUT_DIR lies in target/release/build").join("wbuild");
    let (shared, own) = (wasm.join("plexus-runtime/target"), wasm.join("next-runtime/target"));
    if own.exists() || cfg!(not(unix)) {
        return;
    }
    std::fs::create_dir_all(&shared).expect("the target folder can be written");
    std::fs::create_dir_all(wasm.join("next-runtime")).expect("the target folder can be written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&shared, &own).expect("the target folder can be written");
}

#[cfg(not(feature = "std"))]
fn main() {}
