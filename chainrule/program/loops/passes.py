"""LLVM's part: from its text to machine code for this processor, and what that depends on."""

from functools import cache
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.errors import MissingExtraError

# Read for their bytes: another translator writes other machine code.
_TRANSLATOR = ("compiler", "expressions", "intrinsics", "passes", "scalars", "scope", "statements", "writer")


class Target(NamedTuple):
    """A processor as LLVM names it.

    Attributes:
        cpu: its name, such as `"znver5"` or `"x86-64-v3"`.
        features: what it can do beyond that name, `"+avx512f,-sse4a"`.
    """

    cpu: str
    features: str = ""


@cache
def binding() -> Any:
    """llvmlite's `binding`, ready for use; imported at the first call.

    Raises:
        MissingExtraError: llvmlite is not installed.
    """
    try:
        llvm = import_module("llvmlite.binding")
    except ImportError:
        raise MissingExtraError("program.llvm", "engine numba") from None
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def host() -> Target:
    """The processor this process runs on."""
    llvm = binding()
    return Target(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


@cache
def context(target: Target) -> str:
    """Everything besides a text that its machine code depends on: LLVM, this translator, the processor."""
    llvm = binding()
    hashed = blake2b(digest_size=16)
    for name in _TRANSLATOR:
        hashed.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    version = ".".join(map(str, llvm.llvm_version_info))
    return f"LLVM {version} {llvm.get_default_triple()} {target.cpu} {target.features} {hashed.hexdigest()}"


@cache
def _machine(target: Target) -> Any:
    found = binding().Target.from_default_triple()
    return found.create_target_machine(
        cpu=target.cpu, features=target.features, opt=3, jit=False, reloc="pic", codemodel="default"
    )


def optimised(text: str, target: Target) -> Any:
    """An LLVM module, checked and optimised: inlined, in registers, its loops in vector code."""
    llvm = binding()
    machine = _machine(target)
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = True
    tuning.slp_vectorization = True
    tuning.loop_unrolling = True
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    return module


def object_code(text: str, target: Target) -> bytes:
    """Machine code of an LLVM module, as a plain object file."""
    code: bytes = _machine(target).emit_object(optimised(text, target))
    return code
