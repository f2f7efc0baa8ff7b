"""The functions that kernels call by name: accuracy over the whole range, special values, vector code, one text."""

import math
import platform
import re
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from chainrule.program.loops import objects
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.library import LIBRARY
from chainrule.program.loops.passes import Target
from tests.program.loops.running import both, compiled, interpreted

TYPES: dict[str, Any] = {"f32": np.float32, "f64": np.float64}
UNITS = 4.0  # the largest error allowed, in units of the last place of the true value

# The largest errors that were found among 2^27 float32 and millions of float64, rounded up.
FOUND = {
    "exp_f32": 1.6, "exp_f64": 1.6, "expm1_f32": 1.6, "expm1_f64": 1.9, "log_f32": 0.9, "log_f64": 0.9,
    "log1p_f32": 1.5, "log1p_f64": 1.5, "tanh_f32": 2.6, "tanh_f64": 2.6, "sigmoid_f32": 3.2, "sigmoid_f64": 3.1,
    "erf_f32": 1.9, "erf_f64": 1.2, "sin_f32": 1.6, "sin_f64": 1.0,
    "cos_f32": 1.6, "cos_f64": 1.0,
}  # fmt: skip

# Each function of one argument: the truth in mpmath's digits, and as float64 for many float32 at once.
ONE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "exp": (mpmath.exp, np.exp),
    "expm1": (mpmath.expm1, np.expm1),
    "log": (mpmath.log, np.log),
    "log1p": (mpmath.log1p, np.log1p),
    "tanh": (mpmath.tanh, np.tanh),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), lambda x: np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))),
    "erf": (mpmath.erf, lambda x: np.array([math.erf(one) for one in x.tolist()])),
    "sin": (mpmath.sin, np.sin),
    "cos": (mpmath.cos, np.cos),
}
TWO = ("power",)
WORDS = ("upper", "turns")
LIBM = ("sin_f64", "cos_f64", "power_f64")  # a call for each number
EACH = [f"{name}_{kind}" for name in ONE for kind in TYPES]
BELOW = {"log": 0.0, "log1p": -1.0}  # where a function has no value


def one_argument(name: str) -> Kernel:
    kind = name.rpartition("_")[2]
    loop = "range" if name in LIBM else "vector"
    text = f"def apply(start, stop, x, y):\n    for i in {loop}(start, stop):\n        y[i] = {name}(x[i])\n"
    return Kernel(name, text, (("x", f"{kind}*"), ("y", f"{kind}*")))


def two_arguments(name: str) -> Kernel:
    kind = name.rpartition("_")[2]
    loop = "range" if name in LIBM else "vector"
    text = f"def apply(start, stop, x, y, z):\n    for i in {loop}(start, stop):\n        z[i] = {name}(x[i], y[i])\n"
    return Kernel(name, text, (("x", f"{kind}*"), ("y", f"{kind}*"), ("z", f"{kind}*")))


def applied(name: str, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The function, compiled, of an array."""
    found: np.ndarray[Any, Any] = compiled(one_argument(name), 0, x.size, x, np.empty_like(x))[1]
    return found


def everywhere(dtype: Any, count: int) -> np.ndarray[Any, Any]:
    """Numbers of every size and sign, denormal ones included: bit patterns at equal distances."""
    whole: Any = {np.float32: np.uint32, np.float64: np.uint64}[dtype]
    bits = 8 * np.dtype(dtype).itemsize
    x = (np.arange(count, dtype=whole) * whole((1 << bits) // count | 1)).view(dtype)
    return x[np.isfinite(x)]


def busy(name: str, dtype: Any, count: int) -> np.ndarray[Any, Any]:
    """Numbers where the function does something, most of them near the places where its formulas change."""
    rng = np.random.default_rng(7)
    wide = {"exp": 800.0, "expm1": 800.0, "sigmoid": 800.0}.get(name, 30.0)
    x = np.concatenate([rng.uniform(-wide, wide, count), rng.uniform(-2, 2, count), rng.standard_normal(count) * 0.01])
    return x.astype(dtype)


def defined(name: str, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return x[x > BELOW.get(name, -np.inf)]


def units(found: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Errors in units of the last place; where the truth is out of range, infinity is right and anything else wrong."""
    info = np.finfo(found.dtype)
    with np.errstate(all="ignore"):
        place = np.exp2(np.floor(np.log2(np.maximum(np.abs(truth), info.smallest_normal))) - info.nmant)
        errors = np.abs(found - truth) / place
        beyond = np.abs(truth) >= info.max
        return np.where(beyond & (found == truth.astype(found.dtype)), 0.0, errors)


def true_units(name: str, x: np.ndarray[Any, Any], found: np.ndarray[Any, Any]) -> float:
    """The largest error against 50 digits."""
    truth, _ = ONE[name]
    info = np.finfo(found.dtype)
    lowest = mpmath.mpf(float(info.smallest_normal))
    worst = 0.0
    with mpmath.workdps(50):
        for one, value in zip(x.tolist(), found.tolist(), strict=True):
            right = truth(mpmath.mpf(one))
            if abs(right) > float(info.max):
                assert math.isinf(value), (one, value)
                continue
            place = mpmath.ldexp(1, int(mpmath.floor(mpmath.log(max(abs(right), lowest), 2))) - info.nmant)
            worst = max(worst, float(abs(value - right) / place))
    return worst


def test_no_function_is_missing_here() -> None:
    listed = {*EACH, *(f"{name}_{kind}" for name in TWO for kind in TYPES), *(f"{name}_i64" for name in WORDS)}
    assert listed == set(LIBRARY)


@pytest.mark.parametrize("name", EACH)
def test_near_the_truth(name: str) -> None:
    short, _, kind = name.rpartition("_")
    x = defined(short, np.concatenate([everywhere(TYPES[kind], 6000), busy(short, TYPES[kind], 1500)]))
    assert true_units(short, x, applied(name, x)) <= FOUND[name] <= UNITS


@pytest.mark.parametrize("short", ONE)
def test_near_the_truth_at_many_places(short: str) -> None:
    x = defined(short, np.concatenate([everywhere(np.float32, 400_000), busy(short, np.float32, 100_000)]))
    with np.errstate(all="ignore"):
        truth = ONE[short][1](x.astype(np.float64))
    assert units(applied(f"{short}_f32", x), truth).max() <= FOUND[f"{short}_f32"]


@pytest.mark.parametrize("name", EACH)
def test_zero_infinity_and_nan(name: str) -> None:
    short, _, kind = name.rpartition("_")
    info = np.finfo(TYPES[kind])
    tiny = float(info.smallest_subnormal)
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -1.0, -2.0, 1.0, tiny, -tiny, info.max, -info.max], TYPES[kind])
    with np.errstate(all="ignore"):
        right = {
            "sigmoid": lambda v: np.exp(np.minimum(v, 0)) / (1 + np.exp(-np.abs(v))),
            "erf": lambda v: np.array([math.erf(one) if one else one for one in v.tolist()], v.dtype),
        }.get(short, getattr(np, short, None))(x)
    found = applied(name, x)
    exact = ~np.isfinite(right) | (right == 0) | (np.abs(right) == 1) | (np.abs(x) <= tiny)
    if short == "erf":
        exact[np.abs(x) == tiny] = False  # 2/√π times the smallest number rounds to itself, or not
    assert np.array_equal(found[exact], right[exact], equal_nan=True), (found, right)
    assert np.array_equal(np.signbit(found)[~np.isnan(right)], np.signbit(right)[~np.isnan(right)]), (found, right)


@pytest.mark.parametrize("kind", TYPES)
def test_exp_ends_where_the_type_ends(kind: str) -> None:
    info = np.finfo(TYPES[kind])
    top, bottom = (TYPES[kind](math.log(float(end))) for end in (info.max, info.smallest_subnormal))
    x = np.array([np.nextafter(top, -np.inf), top + 1, bottom + 1, bottom - 1], TYPES[kind])
    finite, above, least, below = applied(f"exp_{kind}", x)
    assert info.max / 2 < finite <= info.max
    assert above == np.inf
    assert 0 < least <= 4 * info.smallest_subnormal
    assert below == 0


def test_angles_of_any_size() -> None:
    """The float32 nearest to multiples of a quarter turn, where sine or cosine is tiny, up to the largest there are."""
    with mpmath.workdps(80):
        turns = [mpmath.mpf(k) * mpmath.mpf(2) ** e for k in (1, 2, 3, 5, 7, 11, 13) for e in range(-1, 124)]
        x = np.array([float(turn * mpmath.pi / 2) for turn in turns], np.float64).astype(np.float32)
    for name in ("sin", "cos"):
        assert true_units(name, x, applied(f"{name}_f32", x)) <= FOUND[f"{name}_f32"]


@pytest.mark.parametrize("kind", TYPES)
def test_sigmoid_keeps_its_digits_far_on_the_left(kind: str) -> None:
    end = 100 if kind == "f32" else 740  # where the result is a denormal number
    x = np.linspace(-end, -40, 3001).astype(TYPES[kind])
    assert units(applied(f"sigmoid_{kind}", x), np.exp(x.astype(np.float64))).max() <= UNITS  # e^x, but for e^2x


@pytest.mark.parametrize("name", [f"{short}_{kind}" for short in ("tanh", "erf", "sigmoid") for kind in TYPES])
def test_never_above_one(name: str) -> None:
    x = np.linspace(0, 45, 200_001).astype(TYPES[name[-3:]])
    y = applied(name, x)
    assert y.max() == 1
    assert y[-1] == 1
    if not name.startswith("sigmoid"):
        assert np.array_equal(applied(name, -x), -y)


@pytest.mark.parametrize("name", [name for name in EACH if name[:3] not in ("sin", "cos")])
def test_hardly_ever_falls(name: str) -> None:
    """All of them rise; between neighbours rounding may show, by two units at most."""
    dtype = TYPES[name[-3:]]
    for middle in (-5.0, -1.0, -0.35, 0.1, 0.3466, 0.7, 0.9, 1.0, 1.4142, 3.0, 8.5):
        start = dtype(middle)
        x = start + np.arange(2001).astype(dtype) * np.spacing(np.abs(start))
        y = applied(name, defined(name[:-4], x))
        assert (np.diff(y) >= -2 * np.spacing(np.abs(y[1:]))).all() if y.size else middle < 0


@pytest.mark.parametrize("name", [name for name in EACH if name not in LIBM])
def test_the_compiled_text_is_the_text(name: str) -> None:
    dtype = TYPES[name[-3:]]
    info = np.finfo(dtype)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, info.max, info.smallest_subnormal, info.smallest_normal, -1.0, 1.0]
    x = np.concatenate([np.array(special, dtype), everywhere(dtype, 24), busy(name[:-4], dtype, 7)])
    both(one_argument(name), 0, x.size, x, np.empty_like(x))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names processors of another kind")
@pytest.mark.parametrize(("cpu", "width"), [("znver5", 512), ("x86-64-v3", 256)])
@pytest.mark.parametrize("name", [name for name in LIBRARY if name not in LIBM and not name.endswith("i64")])
def test_becomes_vector_code(name: str, cpu: str, width: int) -> None:
    kernel = two_arguments(name) if name.startswith(TWO) else one_argument(name)
    assert objects.vectorised(kernel, Target(cpu))
    text = objects.llvm_text(kernel, Target(cpu))
    lanes, word = (width // 32, "float") if name.endswith("f32") and name[:5] != "power" else (width // 64, "double")
    assert f"<{lanes} x {word}>" in text
    called = set(re.findall(r"call [^@]*@([\w.]+)", text))
    assert all(function.startswith("llvm.") for function in called), called


@pytest.mark.parametrize("name", LIBRARY)
def test_is_one_function_without_branches(name: str) -> None:
    text = LIBRARY[name]
    assert text.startswith(f"def {name}(")
    assert text.count("return ") == 1
    assert not re.search(r"^\s*(for|if|while)\b", text, re.MULTILINE)


POWERS = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 1.5, -1.5, 7.0, 2.0**24, 2.0**25, 1e38, -1e38, 1e-45,
          -1e-45, np.inf, -np.inf, np.nan]  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
def test_powers_of_special_numbers(kind: str) -> None:
    x, y = (side.ravel() for side in np.meshgrid(np.array(POWERS, TYPES[kind]), np.array(POWERS, TYPES[kind])))
    with np.errstate(all="ignore"):
        right = np.power(x.astype(np.float64), y.astype(np.float64)).astype(TYPES[kind])
    found = compiled(two_arguments(f"power_{kind}"), 0, x.size, x, y, np.empty_like(x))[2]
    np.testing.assert_allclose(found, right, rtol=np.finfo(TYPES[kind]).eps)
    assert np.array_equal(np.signbit(found)[~np.isnan(right)], np.signbit(right)[~np.isnan(right)])


def test_powers_are_rounded_once() -> None:
    rng = np.random.default_rng(3)
    x = np.exp(3 * rng.standard_normal(20_000)).astype(np.float32)
    y = (rng.standard_normal(20_000) * 10.0 ** rng.integers(-3, 3, 20_000)).astype(np.float32)
    found = compiled(two_arguments("power_f32"), 0, x.size, x, y, np.empty_like(x))[2]
    with np.errstate(all="ignore"):
        truth = np.power(x.astype(np.float64), y.astype(np.float64))
    assert units(found, truth).max() <= 0.51


@pytest.mark.parametrize("kind", TYPES)
def test_powers_interpreted(kind: str) -> None:
    x = np.array([0.3, 2.0, -2.0, -1.5, 1e30, 0.0, np.nan], TYPES[kind])
    y = np.array([1.7, -3.0, 3.0, 0.5, 2.0, -1.0, 0.0], TYPES[kind])
    kernel = two_arguments(f"power_{kind}")
    fast, plain = (way(kernel, 0, 7, x, y, np.empty_like(x))[2] for way in (compiled, interpreted))
    np.testing.assert_allclose(fast, plain, rtol=4 * np.finfo(TYPES[kind]).eps)


def test_upper_half_of_a_product() -> None:
    rng = np.random.default_rng(5)
    ends = np.array([0, 1, -1, 2**32, 2**32 - 1, -(2**63), 2**63 - 1])
    a, b = (np.concatenate([ends, rng.permutation(ends), rng.integers(-(2**63), 2**63 - 1, 200)]) for _ in range(2))
    text = "def apply(start, stop, x, y, z):\n    for i in vector(start, stop):\n        z[i] = upper_i64(x[i], y[i])\n"
    kernel = Kernel("upper", text, (("x", "i64*"), ("y", "i64*"), ("z", "i64*")))
    found = both(kernel, 0, a.size, a, b, np.empty_like(a))[2]
    words = 2**64
    right = [int(one) % words * (int(two) % words) >> 64 for one, two in zip(a, b, strict=True)]
    assert [int(one) % words for one in found] == right
