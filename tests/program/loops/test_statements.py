"""Every statement of the kernel subset: compiled equals the text run as ordinary Python; what is outside is refused."""

from typing import Any

import numpy as np
import pytest

from chainrule.program.loops import objects
from chainrule.program.loops.compiler import module_text
from chainrule.program.loops.kernel import Kernel, KernelError, number_cell
from tests.program.loops.running import ABI, both, interpreted, kernel

X = np.random.default_rng(0).standard_normal(120).astype(np.float32)


def run(text: str, *given: Any, start: int = 0, stop: int = 6, **params: str) -> list[Any]:
    return both(kernel("tried", text, **params), start, stop, *given)


RANGES = {
    "5": range(5), "start, stop": range(2, 9), "0, 20, 3": range(0, 20, 3), "1, 21, 4": range(1, 21, 4),
    "9, 0, -1": range(9, 0, -1), "19, -1, -6": range(19, -1, -6), "3, 3": range(3, 3), "5, 2": range(5, 2),
    "0, 20, n": range(0, 20, 7),
}  # fmt: skip


@pytest.mark.parametrize("bounds", list(RANGES))
def test_range(bounds: str) -> None:
    text = f"""
    def f(start, stop, n, out):
        k = 0
        for i in range({bounds}):
            out[k] = i * 10 + k
            k += 1
    """
    out = run(text, 7, np.full(30, -1), start=2, stop=9, n="i64", out="i64*")[1]
    expected = list(RANGES[bounds])
    assert (out[: len(expected)] // 10).tolist() == expected
    assert (out[len(expected) :] == -1).all()


@pytest.mark.parametrize("mark", ["vector", "unroll"])
def test_marked_loops_do_what_range_does(mark: str) -> None:
    text = f"""
    def f(start, stop, x, out):
        for i in range(start, stop):
            for j in {mark}(20):
                out[i * 20 + j] = x[i * 20 + j] * f32(i) + 0.5
    """
    out = run(text, X, np.zeros_like(X), x="f32*", out="f32*")[1]
    np.testing.assert_array_equal(out, X * np.repeat(np.arange(6, dtype=np.float32), 20) + np.float32(0.5))


def test_branches() -> None:
    text = '''
    def f(start, stop, x, out, kind):
        """With a docstring."""
        for i in range(start, stop):  # and a comment
            if x[i] > 0.5:
                out[i] = 1.0
                kind[i] = 3
            elif x[i] > 0.0 and not x[i] > 0.25:
                out[i] = -x[i]
            elif i % 2 == 0:
                if x[i] < -1.0:
                    out[i] = 7.0
                else:
                    pass
            else:
                kind[i] -= 2
    '''
    out, kind = run(text, X, np.zeros_like(X), np.zeros(120, np.int32), stop=120, x="f32*", out="f32*", kind="i32*")[1:]
    assert set(np.unique(out[out >= 0])) == {0.0, 1.0, 7.0}
    assert set(kind) == {0, 3, -2}


@pytest.mark.parametrize("sign", ["+", "-", "*", "/"])
def test_augmented_assignment_of_floats(sign: str) -> None:
    text = f"""
    def f(start, stop, x, out):
        total = f32(1.0)
        for i in range(start, stop):
            total {sign}= x[i]
            out[i] {sign}= total
            out[i] {sign}= 2
    """
    run(text, X, np.ones_like(X), stop=120, x="f32*", out="f32*")


@pytest.mark.parametrize("sign", ["+", "-", "*", "//", "%", "&", "|", "^", "<<"])
def test_augmented_assignment_of_integers(sign: str) -> None:
    text = f"""
    def f(start, stop, out):
        k = 5
        for i in range(start, stop):
            k {sign}= 3
            out[i] {sign}= (k & 7) + 1
    """
    run(text, np.arange(60, 90), stop=30, out="i64*")


def test_local_arrays_and_what_outlives_a_loop() -> None:
    text = """
    def f(start, stop, x, out):
        part = local(f32, 16)
        seen = local(bool, 4)
        last = 0
        for i in range(start, stop):
            for j in vector(16):
                part[j] = 0.0
            for k in range(0, 112, 16):
                for j in vector(16):
                    part[j] += x[k + j]
            s = f32(0.0)
            for j in unroll(16):
                s += part[j]
            seen[i % 4] = s > 0.0
            last = i
            out[i] = s if seen[i % 4] else -s
        out[7] = f32(last) + f32(j)
    """
    out = run(text, X, np.zeros(8, np.float32), x="f32*", out="f32*")[1]
    assert out[7] == 5 + 15
    np.testing.assert_allclose(out[0], abs(X[:112].sum()), rtol=1e-5)


def test_numbers_and_sizes_as_parameters() -> None:
    text = """
    def f(start, stop, n, half, third, out, wide):
        for i in range(start, n):
            out[i] = half + f32(i)
            wide[i] = third * f64(n)
    """
    kinds = {"n": "i64", "half": "f32", "third": "f64", "out": "f32*", "wide": "f64*"}
    out, wide = run(text, 4, 0.1, 1 / 3, np.zeros(4, np.float32), np.zeros(4), **kinds)[3:]
    assert out[0] == np.float32(0.1)
    assert wide[3] == 1 / 3 * 4


def test_the_step_of_a_parameter_is_taken_once_a_turn_of_the_schedule() -> None:
    text = """
    def f(start, stop, n, scale, x):
        for i in range(start, stop):
            x[i] = f32(n) * scale
    """
    made = kernel("moves", text, n="i64", scale="f32", x="f32*")
    x = np.zeros(12, np.float32)
    cells = np.array([10, 1, number_cell(0.5), 0, x.ctypes.data, 16], np.int64)
    for t in range(3):
        ABI(objects.address(made))(cells.ctypes.data, 0, 4, t)
    assert x.reshape(3, 4).tolist() == [[5.0] * 4, [5.5] * 4, [6.0] * 4]


def test_library_functions() -> None:
    text = """
    def f(start, stop, x, y, z):
        for i in vector(start, stop):
            y[i] = exp_f32(x[i]) + sigmoid_f32(0.5 * x[i])
            z[i] = log_f64(exp_f64(f64(x[i])))
    """
    y, z = run(text, X, np.zeros_like(X), np.zeros(120), stop=120, x="f32*", y="f32*", z="f64*")[1:]
    np.testing.assert_allclose(y, np.exp(X) + 1 / (1 + np.exp(-X / 2)), rtol=1e-6)
    np.testing.assert_allclose(z, X, rtol=1e-14, atol=1e-15)


def test_a_library_function_may_take_other_types_and_call_others() -> None:
    library = {
        "scaled_f32": "def scaled_f32(x, k: i32):\n    y = plus_f32(x)\n    return y * f32(k)\n",
        "plus_f32": "def plus_f32(x):\n    return x + 1.0\n",
    }
    made = kernel("uses", "def f(start, stop, x):\n    x[0] = scaled_f32(x[0], i32(start))\n", x="f32*")
    assert module_text(made, "k", library).count("define internal float") == 2
    with pytest.raises(KernelError, match="i64 where i32 is needed"):
        module_text(made._replace(text=made.text.replace("i32(start)", "start")), "k", library)
    with pytest.raises(KernelError, match=r"plus_f32\(\) calls itself"):
        module_text(made, "k", {**library, "plus_f32": "def plus_f32(x):\n    return plus_f32(x)\n"})


LINES = {
    "y[i] = x[i] + d[i]": "f32 and f64 do not mix",
    "y[i] = x[i] + i": "f32 and i64 do not mix",
    "y[i] = d[i]": "f64 where f32 is needed",
    "k[i] = 0.5": "0.5 where i64 is needed",
    "y[i] = k[i] / 2": "Div of i64",
    "y[i] = x[i] // 2.0": "FloorDiv of f32",
    "y[i] = x[i] ** 2": "Pow of f32",
    "y[k[i] + x[i]] = 0.0": "do not mix",
    "y[x[i]] = 0.0": "f32 where i64 is needed",
    "y[i] = x[i] if k[i] else 0.0": "i64 where bool is needed",
    "y[i] = x[i] if 0.0 < x[i] < 1.0 else 0.0": "outside the subset",
    "y[i] = exp(x[i])": r"exp\(\) is neither a builtin nor a library function",
    "y[i] = fma(x[i], 2.0)": r"fma\(\) takes 3",
    "y[i] = sqrt(2.0)": "of no type",
    "y[i] = sqrt(k[i])": "no meaning",
    "y[i] = unknown": "unknown has no value yet",
    "y[i] = x": "x is an array",
    "y[i] = x[i:3]": "outside the subset",
    "y[i] = i[0]": "only flat arrays have elements",
    "y[i] = x[i]; y = 3": "y is a parameter",
    "start = 3": "start is a parameter",
    "abs = 3": "abs is a builtin",
    "v = 3; v = x[i]": "v is i64 and cannot become f32",
    "v = 300\n        b[i] = 300": "300 does not fit i8",
    "while True: pass": "While is outside the subset",
    "import os": "Import is outside the subset",
    "y[i] = (lambda: 1)()": "a call outside the subset",
    "a = local(f32, i)": r"local\(type, number\)",
    "a = local(f32, 4); a = local(f32, 4)": "has a meaning already",
    "y[i] = 'word'": "outside the subset",
    "y[i] = -(x[i] > 0.0)": "a minus before a bool",
    "y[i] = 1.0 if 1 < 2 else 0.0": "a comparison of literals",
    "return": "Return is outside the subset",
    "for q in unroll(i): pass": "takes a literal",
    "for q in range(0, 3, 0): pass": "a step of 0",
    "for q in vector(0, 9, 2): pass": "takes up to 2",
    "for q in x: pass": "For is outside the subset",
    "y[i] = x[i": "was never closed",
}


@pytest.mark.parametrize("line", list(LINES))
def test_what_is_outside_the_subset_is_refused_with_line_and_reason(line: str) -> None:
    text = f"def f(start, stop, x, y, d, k, b):\n    for i in range(start, stop):\n        {line}\n"
    made = Kernel("odd", text, (("x", "f32*"), ("y", "f32*"), ("d", "f64*"), ("k", "i64*"), ("b", "i8*")))
    number = 4 if "\n" in line else 3
    with pytest.raises(KernelError, match=rf"kernel odd, line {number}: .*{LINES[line]}"):
        objects.address(made)
    with pytest.raises(KernelError):
        interpreted(made, 0, 1, X, X, X, X, X)


def test_parameters_must_be_those_of_the_kernel() -> None:
    for text, params in (
        ("def f(start, stop, y): pass", (("x", "f32*"),)),
        ("def f(stop, start, x): pass", (("x", "f32*"),)),
        ("def f(start, stop, x=1): pass", (("x", "f32*"),)),
        ("def f(start, stop, x): pass", (("x", "f16*"),)),
        ("def f(start, stop, x): pass", (("x", "i32"),)),
        ("x = 1", ()),
    ):
        with pytest.raises(KernelError, match="kernel odd, line 1"):
            module_text(Kernel("odd", text, params), "k", {})


SUMS = [
    "s = f32(0.0)\n    for j in vector(n):\n        s += x[j]\n    y[0] = s",
    "s = f32(0.0)\n    for j in vector(n):\n        if x[j] > 0.0:\n            s = s + x[j]\n    y[0] = s",
    "s = f32(0.0)\n    for j in vector(n):\n        y[j] = s\n        s = x[j]",
    "for j in vector(n):\n        y[0] += x[j]",
    "k = start\n    for j in vector(n):\n        y[k] = y[k] * x[j]",
]


@pytest.mark.parametrize("body", SUMS)
def test_sums_in_marked_loops_keep_their_order_and_stay_scalar(body: str) -> None:
    text = f"def f(start, stop, n, x, y):\n    {body}\n"
    made = kernel("sums", text, n="i64", x="f32*", y="f32*")
    both(made, 0, 1, 120, X * np.float32(1e3), np.ones(120, np.float32))
    assert not objects.vectorised(made)
    assert "llvm.vector.reduce.f" not in objects.llvm_text(made)


def test_sums_of_integers_in_marked_loops_are_exact_in_any_order() -> None:
    text = """
    def f(start, stop, x, y):
        count = 0
        for j in vector(start, stop):
            v = x[j] * 2.0
            count += i64(v > 1.0)
        y[0] = count
    """
    made = kernel("counts", text, x="f32*", y="i64*")
    assert both(made, 0, 120, X, np.zeros(1, np.int64))[1][0] == (X > 0.5).sum()
    assert objects.vectorised(made)


def test_indices_are_checked_without_the_compiler() -> None:
    text = "def f(start, stop, x, y):\n    for i in range(start, stop):\n        y[i] = x[i - 1]\n"
    made = kernel("reads", text, x="f32*", y="f32*")
    for start, stop, name in ((0, 3, r"x\[-1\]"), (1, 5, r"y\[4\]")):
        with pytest.raises(IndexError, match=name):
            interpreted(made, start, stop, X, np.zeros(4, np.float32))
    both(kernel("plus", "def f(start, stop, k):\n    k[0] += k[1]\n", k="i64*"), 0, 1, np.array([1, 2], np.longlong))
    with pytest.raises(TypeError, match="x is float64"):
        interpreted(made, 0, 1, X.astype(float), X)
    made = kernel("left", "def f(start, stop, k):\n    k[0] = k[0] // k[1] + (k[2] << k[3])\n", k="i64*")
    for k in ([-1, 2, 0, 0], [1, 0, 0, 0], [1, 1, 1, 64]):
        with pytest.raises(ArithmeticError):
            interpreted(made, 0, 1, np.array(k))
    unset = kernel("unset", "def f(start, stop, y):\n    a = local(f32, 2)\n    y[0] = a[1]\n", y="f32*")
    assert np.isnan(interpreted(unset, 0, 1, np.zeros(1, np.float32))[0])


def test_the_text_stays_what_a_debugger_shows() -> None:
    import traceback

    made = kernel("shown", "def f(start, stop, x):\n    x[stop] = x[start] * 2.0\n", x="f32*")
    with pytest.raises(IndexError) as caught:
        interpreted(made, 0, 200, X)
    frame = next(row for row in traceback.extract_tb(caught.value.__traceback__) if row.filename == "<kernel shown>")
    assert frame.line == "x[stop] = x[start] * 2.0"
