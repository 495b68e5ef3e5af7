#!/usr/bin/env python3
"""Writes static libraries that stand in for those of the CUDA driver and toolkit when a binary is linked.

usage: stubs.py DIR

Each function jumps through a pointer. When the program starts, the pointers are filled from the machine's shared library;
where that is missing they lead to a function that returns an error code. So one binary runs with and without a GPU, and
links on a machine that has neither. The functions are those that the crate cudarc declares.
"""

import json
import pathlib
import re
import subprocess
import sys

# Link name: (shared library, cudarc's module, the library's own code for "not initialised" or "no device")
LIBRARIES = {
    "cuda": ("libcuda.so.1", "driver", 100),
    "cublas": ("libcublas.so.13", "cublas", 1),
    "cublasLt": ("libcublasLt.so.13", "cublaslt", 1),
    "curand": ("libcurand.so.10", "curand", 102),
    "nvrtc": ("libnvrtc.so.13", "nvrtc", 11),
}

HEAD = """#define _GNU_SOURCE
#include <dlfcn.h>
static int missing(void) {{ return {code}; }}
"""
POINTER = "void *to_{name} = (void *)missing;\n"
LOAD = """__attribute__((constructor(101))) static void load(void) {{
    void *found, *library = dlopen("{shared}", RTLD_LAZY | RTLD_GLOBAL);
    if (!library) return;
"""
FILL = '    if ((found = dlsym(library, "{name}"))) to_{name} = found;\n'
# The arguments stay where the caller put them.
JUMP = '__asm__(".text\\n.globl {name}\\n.type {name}, @function\\n{name}: jmp *to_{name}(%rip)\\n");\n'


def sources():
    """The folder of cudarc's sources, in the version that the lock file names."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--features", "inference/cuda"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    manifest = next(package["manifest_path"] for package in packages if package["name"] == "cudarc")
    return pathlib.Path(manifest).parent / "src"


def stub(shared, code, names):
    parts = [HEAD.format(code=code)]
    parts += [POINTER.format(name=name) for name in names]
    parts += [LOAD.format(shared=shared)]
    parts += [FILL.format(name=name) for name in names]
    parts += ["}\n"]
    parts += [JUMP.format(name=name) for name in names]
    return "".join(parts)


def main():
    out = pathlib.Path(sys.argv[1])
    cudarc = sources()
    for library, (shared, module, code) in LIBRARIES.items():
        declared = (cudarc / module / "sys" / "mod.rs").read_text()
        names = sorted(set(re.findall(r"\bfn ((?:cu|nvrtc)\w+)", declared)) - {"culib"})
        source, compiled = out / f"{library}.c", out / f"{library}.o"
        source.write_text(stub(shared, code, names))
        subprocess.run(["cc", "-O1", "-fPIC", "-fvisibility=hidden", "-c", source, "-o", compiled], check=True)
        archive = out / f"lib{library}.a"
        archive.unlink(missing_ok=True)
        subprocess.run(["ar", "rcs", archive, compiled], check=True)
        source.unlink()
        compiled.unlink()


main()
