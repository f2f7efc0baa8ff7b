"""Two ways to see how many multiply-adds a second this machine makes: registers only, or a large matrix product."""

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

CHAINS = 16  # independent sums: enough to hide the latency of four cycles at two a cycle
TURNS = 1_000_000

Measured = tuple[Callable[[], object], float, str]


def text(width: int) -> str:
    """A loop of multiply-adds, `CHAINS` vectors of `width` floats, as LLVM reads it."""
    kind = f"<{width} x float>"
    chains = range(CHAINS)
    begun = "\n".join(f"  %a{i} = phi {kind} [ %x, %entry ], [ %b{i}, %loop ]" for i in chains)
    turned = "\n".join(
        f"  %b{i} = call {kind} @llvm.fma.v{width}f32({kind} %a{i}, {kind} %x, {kind} %y)" for i in chains
    )
    summed = "\n".join(f"  %s{i + 1} = fadd {kind} %s{i}, %b{i}" for i in chains)
    return f"""
declare {kind} @llvm.fma.v{width}f32({kind}, {kind}, {kind})
define void @turn(i64 %n, ptr %cell) "min-legal-vector-width"="512" {{
entry:
  %x = load {kind}, ptr %cell, align 64
  %place = getelementptr i8, ptr %cell, i64 64
  %y = load {kind}, ptr %place, align 64
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
{begun}
{turned}
  %next = add i64 %i, 1
  %again = icmp slt i64 %next, %n
  br i1 %again, label %loop, label %done
done:
  %s0 = fadd {kind} %x, %y
{summed}
  store {kind} %s{CHAINS}, ptr %cell, align 64
  ret void
}}
"""


@cache
def _compiled() -> tuple[Any, Any, int]:
    """The compiled loop, what keeps it alive, and its width.

    Raises:
        ImportError: without llvmlite.
    """
    llvm: Any = import_module("llvmlite.binding")  # has no types
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    width = 16 if features.get("avx512f") else 8 if features.get("avx") else 4
    target = llvm.Target.from_default_triple()
    machine = target.create_target_machine(llvm.get_host_cpu_name(), features.flatten(), opt=3)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text(width)), machine)
    engine.finalize_object()
    turn = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)(engine.get_function_address("turn"))
    return turn, engine, width


def registers(threads: int) -> Measured:
    """Multiply-adds that touch no memory, in so many threads at once.

    Raises:
        ImportError: without llvmlite.
    """
    turn, _, width = _compiled()
    room = [np.zeros(128, np.float32) for _ in range(threads)]
    cells = [(-array.ctypes.data % 64) // 4 for array in room]
    places = [array[skip:].ctypes.data for array, skip in zip(room, cells, strict=True)]
    for array, skip in zip(room, cells, strict=True):
        array[skip + 16 : skip + 32] = 0.5
    pool = ThreadPoolExecutor(threads)

    def run() -> None:
        for done in [pool.submit(turn, TURNS, place) for place in places]:
            done.result()

    return run, float(threads * TURNS * CHAINS * width), f"{width} wide, in registers"


def product(threads: int) -> Measured:
    """A large matrix product of NumPy."""
    size = 1024
    a, b = (np.random.default_rng(seed).random((size, size), np.float32) for seed in (0, 1))
    out = np.empty_like(a)

    def run() -> None:
        with threadpool_limits(threads):
            np.matmul(a, b, out=out)

    return run, float(size**3), "matrix product of NumPy"
