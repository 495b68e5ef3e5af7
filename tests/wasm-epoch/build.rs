#[cfg(feature = "std")]
fn main() {
    // The guest is no runtime, so it has no version.
    substrate_wasm_builder::WasmBuilder::init_with_defaults().disable_runtime_version_section_check().build();
}

#[cfg(not(feature = "std"))]
fn main() {}
