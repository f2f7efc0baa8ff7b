"""Every operator, cast and builtin of the kernel subset: compiled equals the text run as Python, to the byte."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.program.loops.intrinsics import ARGUMENTS
from tests.program.loops.running import DTYPES, both, compiled, interpreted, kernel

FLOATS = ("f32", "f64")
WHOLES = ("i64", "i32", "i16", "i8", "u8")
N = 71  # four vectors of 16, one of 4, and three alone


def numbers(kind: str, seed: int) -> np.ndarray[Any, Any]:
    """N numbers of a type: what is special about it, then what is not."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(DTYPES[kind])
    if kind == "bool":
        return rng.integers(0, 2, N).astype(bool)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        special = [info.min, info.max, 0, 1, info.max - 1, info.min + 1, 2, 7]
        usual = rng.integers(info.min, info.max, N - len(special), dtype, endpoint=True)
        found = np.concatenate([np.array(special, dtype), usual])
    else:
        info = np.finfo(dtype)
        special = [0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, info.max, info.tiny, info.smallest_subnormal]
        special += [0.5, 2.5]
        usual = rng.standard_normal(N - 12) * 10.0 ** rng.integers(-4, 5, N - 12)
        found = np.concatenate([special, usual]).astype(dtype)
    return rng.permutation(found)


def check(expression: str, result: str, **operands: str) -> None:
    """Evaluate an expression of elements a, b, … at every place, both ways: vectors of 16 and of 4, and 3 alone."""
    text = re.sub(r"\b([ABC])\b", lambda found: f"{found[1].lower()}[j]", expression)
    made = kernel(
        expression,
        f"""
        def f(start, stop, out, {', '.join(operands)}):
            for j in vector(start, stop):
                out[j] = {text}
        """,
        out=f"{result}*", **{name: f"{kind}*" for name, kind in operands.items()},
    )  # fmt: skip
    given = [numbers(kind, seed) for seed, kind in enumerate(operands.values())]
    out = both(made, 0, N, np.zeros(N, DTYPES[result]), *given)[0]
    assert out.any() or result == "bool", "nothing was computed"


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize(
    "expression",
    [
        "A + B", "A - B", "A * B", "A / B", "-A", "A * 2 + 1.5", "1 / A", "0.1 - A", "A * (1.0 / 3.0)",
        "fma(A, B, C)", "fma(A, 2.0, B)", "sqrt(A)", "abs(A)", "floor(A)", "rint(A)", "rint(A * 0.5)",
        "copysign(A, B)", "copysign(1.0, A)", "minimum(A, B)", "maximum(A, B)", "maximum(A, 0.0)", "minimum(0.0, A)",
        "A if A > B else C", "A if A > 0.0 else 0.0", "1.0 if A >= B else 0.0", "A if A == A else -1.0",
        "A if (A < B and not B < C) or A == C else B", "A * (1.0 if B > 0.0 else 0.25)",
    ],
)  # fmt: skip
def test_floats(kind: str, expression: str) -> None:
    check(expression, kind, a=kind, b=kind, c=kind)


@pytest.mark.parametrize("kind", WHOLES)
@pytest.mark.parametrize(
    "expression",
    [
        "A + B", "A - B", "A * B", "-A", "A & B", "A | B", "A ^ B", "A << 3", "A << (B & 7)", "shr(A, 2)",
        "shr(A, B & 7)", "shr(A, 1) // (shr(B, 1) | 1)", "shr(A, 1) % (shr(B, 1) | 1)", "shr(A, 1) // 3",
        "shr(A, 1) % 16", "mulhi(A, B)", "abs(A)", "minimum(A, B)", "maximum(A, B)", "A if A < B else B",
        "A * 3 + 1", "A ^ 85", "minimum(A, 5)",
    ],
)  # fmt: skip
def test_whole_numbers_wrap_around(kind: str, expression: str) -> None:
    check(expression, kind, a=kind, b=kind)


@pytest.mark.parametrize("kind", [*FLOATS, *WHOLES])
@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_comparisons(kind: str, operator: str) -> None:
    check(f"A {operator} B", "bool", a=kind, b=kind)
    check(f"A {operator} 1", "bool", a=kind)


@pytest.mark.parametrize(
    "expression",
    [
        "A and B", "A or B", "not A", "A and B and not C", "A or B or C", "A & B", "A | B", "A ^ B", "A == B", "A != B",
        "likely(A)", "A if B else C", "True if A else B", "A and False",
    ],
)  # fmt: skip
def test_truth(expression: str) -> None:
    check(expression, "bool", a="bool", b="bool", c="bool")


@pytest.mark.parametrize("kind", FLOATS)
def test_fused_products_round_once(kind: str) -> None:
    rng = np.random.default_rng(0)
    bits = 4 * np.dtype(DTYPES[kind]).itemsize - 4  # of short numbers: products that end half way between two floats
    a, b = (rng.integers(1, 2 ** (bits + i), 3000) * 2.0 ** rng.integers(-20, 20, 3000) for i in range(2))
    c = rng.integers(-(2 ** (2 * bits)), 2 ** (2 * bits), 3000) * 2.0 ** rng.integers(-30, 10, 3000)
    c[::5] = -(a * b)[::5]
    text = "def f(start, stop, a, b, c, y):\n    for j in vector(start, stop):\n        y[j] = fma(a[j], b[j], c[j])\n"
    made = kernel("fused", text, **dict.fromkeys("abcy", f"{kind}*"))
    both(made, 0, 3000, *(part.astype(DTYPES[kind]) for part in (a, b, c, np.zeros(3000))))


@pytest.mark.parametrize("kind", FLOATS)
def test_questions_about_floats(kind: str) -> None:
    for name in ("isnan", "isfinite"):
        check(f"{name}(A)", "bool", a=kind)


def test_bits_there_and_back() -> None:
    for kind, bits in (("f32", "i32"), ("f64", "i64")):
        check("bits(A if A == A else 2.0)", bits, a=kind)
        check("from_bits(A)", kind, a=bits)
        check("from_bits(bits(A if A == A else 2.0) & 0xFFF0FFF0)", kind, a=kind)


def test_bytes_have_no_sign() -> None:
    check("A // (B | 1)", "u8", a="u8", b="u8")
    check("A % (B | 1)", "u8", a="u8", b="u8")


def test_literals_above_the_largest_integer_are_bits() -> None:
    check("A ^ 0x80000000", "i32", a="i32")
    check("A * 0x9E3779B97F4A7C15", "i64", a="i64")
    check("mulhi(A, 0xD2E7470EE14C6C93)", "i64", a="i64")
    check("A + 255", "i8", a="i8")


@pytest.mark.parametrize("source", list(DTYPES))
@pytest.mark.parametrize("target", list(DTYPES))
def test_casts(source: str, target: str) -> None:
    inside = "A"
    if source in FLOATS and target in WHOLES:  # what does not fit, NaN included, becomes some integer
        inside = "minimum(maximum(A if A == A else 0.0, 0.0), 100.0)"
    check(f"{target}({inside})", target, a=source)


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("expression", ["pow(A, B)", "sin(A)", "cos(A)"])
def test_libm(kind: str, expression: str) -> None:
    text = expression.replace("A", "a[j]").replace("B", "b[j]")
    made = kernel(
        expression,
        f"""
        def f(start, stop, a, b, out):
            for j in range(start, stop):
                out[j] = {text}
        """,
        a=f"{kind}*", b=f"{kind}*", out=f"{kind}*",
    )  # fmt: skip
    given = numbers(kind, 1), numbers(kind, 2), np.zeros(N, DTYPES[kind])
    fast, plain = compiled(made, 0, N, *given)[2], interpreted(made, 0, N, *given)[2]
    np.testing.assert_allclose(fast, plain, rtol=4 * np.finfo(DTYPES[kind]).eps)


def test_every_builtin_has_a_row_here() -> None:
    import inspect
    import sys

    text = inspect.getsource(sys.modules[__name__])
    asked = {"isnan", "isfinite"}  # named in a loop
    assert [name for name in ARGUMENTS if f"{name}(" not in text and name not in asked] == []


def test_all_parts_of_a_condition_are_evaluated() -> None:
    text = """
    def f(start, stop, x, y):
        for j in range(start, stop):
            y[j] = x[j] if j < 3 else 0.0
    """
    made = kernel("f", text, x="f32*", y="f32*")
    x, y = np.arange(3, dtype=np.float32), np.ones(3, np.float32)
    assert both(made, 0, 3, x, y)[1].tolist() == [0, 1, 2]
    with pytest.raises(IndexError, match="x"):
        interpreted(made, 0, 4, x, np.ones(4, np.float32))


KINDS = ("f32", "f64", "i64", "i32", "i8", "bool")


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int) -> str:
    """An expression of a type, over the elements a_T[j] and b_T[j]."""
    leaf = st.sampled_from([f"a_{kind}[j]", f"b_{kind}[j]"])
    if depth == 0 or draw(st.integers(0, 9)) == 0:
        return draw(leaf)

    def part(other: str) -> str:
        return draw(expressions(other, depth - 1))

    one, two = part(kind), part(kind)
    if kind == "bool":
        other = draw(st.sampled_from(KINDS[:-1]))
        relation = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
        forms = [f"({one} and {two})", f"({one} or {two})", f"(not {one})", f"({one} ^ {two})"]
        if draw(st.booleans()):
            forms = [f"({part(other)} {relation} {part(other)})"]
        return draw(st.sampled_from(forms))
    forms = [f"({one} {sign} {two})" for sign in "+-*"]
    forms += [f"(-{one})", f"({one} if {part('bool')} else {two})", f"minimum({one}, {two})", f"maximum({one}, {two})"]
    if kind in FLOATS:
        number = draw(st.floats(-100, 100, allow_subnormal=False))
        forms += [f"({one} / {two})", f"fma({one}, {two}, {part(kind)})", f"sqrt(abs({one}))", f"rint({one})"]
        forms += [f"({one} * {number!r})", f"(({number!r} if {part('bool')} else 2) - {one})", f"floor({one})"]
        forms += [f"{kind}({part(draw(st.sampled_from(KINDS)))})", f"copysign({one}, {draw(leaf)})"]
    else:
        forms += [f"({one} {sign} {two})" for sign in "&|^"]
        forms += [f"({one} << {draw(st.integers(0, 7))})", f"shr({one}, {draw(st.integers(0, 7))})", f"abs({one})"]
        forms += [f"(shr({one}, 1) // (shr({two}, 1) | 1))", f"(shr({one}, 1) % (shr({two}, 1) | 1))"]
        forms += [f"({one} * {draw(st.integers(-128, 127))})", f"mulhi({one}, {two})"]
        forms += [f"{kind}({part(draw(st.sampled_from(['i64', 'i32', 'i8', 'bool'])))})"]
    return draw(st.sampled_from(forms))


@given(data=st.data())
def test_any_expression(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    expression = data.draw(expressions(kind, 3))
    names = {f"{letter}_{kind}": f"{kind}*" for kind in KINDS for letter in "ab"}
    loop = data.draw(st.sampled_from(["range", "vector"]))
    made = kernel(
        "any",
        f"""
        def f(start, stop, out, {', '.join(names)}):
            for j in {loop}(start, stop):
                v = {expression}
                out[j] = v
        """,
        out=f"{kind}*", **names,
    )  # fmt: skip
    given = [numbers(name[2:], seed) for seed, name in enumerate(names)]
    both(made, 3, N - 2, np.zeros(N, DTYPES[kind]), *given)
