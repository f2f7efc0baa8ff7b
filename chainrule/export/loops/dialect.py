"""The words of the languages that loops are written in, and the small functions that their expressions call."""

from dataclasses import dataclass, field
from math import isinf, isnan
from typing import Any

from chainrule.export.loops.seen import UNARY, Kind, Text


@dataclass(frozen=True)
class Dialect:
    """A language with loops and flat arrays.

    Args:
        loop: `for` over `{name}` from 0 to below `{count}`.
        kinds: how a variable of each kind is declared.
        quotient: the whole quotient of `{0}` and `{1}`.
        whole, real: how `{0}` is made a number of that kind.
        infinity, nan: the words for them.
        functions: of the primitives that are a function of the language.
        helpers: name to the text of a function that the language lacks.
        needs: helper to those that it calls.
        finite: whether `{0}` is finite.
    """

    loop: str
    kinds: dict[Kind, str]
    quotient: str
    whole: str
    real: str
    infinity: str
    nan: str
    functions: dict[str, str]
    helpers: dict[str, str]
    finite: str
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def number(self, value: Any) -> Text:
        """A number as it stands in an expression."""
        if isinstance(value, bool):
            return Text(str(int(value)))
        if isinstance(value, int):
            return Text(str(value), UNARY if value < 0 else 9)
        value = float(value)
        if isnan(value):
            return Text(self.nan)
        if isinf(value):
            return Text(self.infinity) if value > 0 else Text(f"-{self.infinity}", UNARY)
        return Text(repr(value), UNARY if value < 0 else 9)


_C_FUNCTIONS = {
    "sqrt": "sqrt", "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "sin": "sin", "cos": "cos",
    "tanh": "tanh", "erf": "erf", "absolute": "fabs", "floor": "floor", "round": "rint", "power": "pow",
    "maximum": "maximum", "minimum": "minimum", "sigmoid": "sigmoid", "sign": "sign",
}

C = Dialect(
    loop="for (int {name} = 0; {name} < {count}; {name}++) {{",
    kinds={"real": "real ", "whole": "long ", "mask": "int "},
    quotient="({0} / {1})", whole="(long)({0})", real="(real)({0})", infinity="INFINITY", nan="NAN",
    functions=_C_FUNCTIONS,
    helpers={
        "maximum": "static inline real maximum(real a, real b) { return a > b || a != a ? a : b; }",
        "minimum": "static inline real minimum(real a, real b) { return a < b || a != a ? a : b; }",
        "sigmoid": "static inline real sigmoid(real z) { return 1 / (1 + exp(-z)); }",
        "sign": "static inline real sign(real z) { return z != z ? z : (real)((z > 0) - (z < 0)); }",
        "row_of": (
            "/* Where index i stands among n rows, counted from the end if it is negative; -1 if nowhere. */\n"
            "static inline long row_of(long i, long n) { i = i < 0 ? i + n : i; return i >= 0 && i < n ? i : -1; }"
        ),
    },
    finite="isfinite({0})",
)

_ERF = """\
// The error function: near 0 a polynomial, beyond 1 - exp(-q).
const NEAR = [
    -7.589371220651506e-10, 1.3608347761825865e-08, -1.6182408087207381e-07, 1.6443987751287837e-06,
    -1.4924455795446543e-05, 0.00012055280142279699, -0.000854832547766234, 0.005223977596655386,
    -0.02686617064195508, 0.11283791670936943, -0.37612638903183343, 0.12837916709551256,
];
const FAR = [
    4.9288233339484426e-12, -2.0450415680942654e-10, 3.934404058544875e-09, -4.6424519331007336e-08,
    3.733155809037499e-07, -2.135749123083361e-06, 8.667468063737678e-06, -2.282349516262291e-05,
    2.0269195502995254e-05, 0.00013504528290969877, -0.0007706353231106768, 0.001915933621005464,
    -0.00041061887102952674, -0.018990185135247896, 0.10270344268338824, 0.6366436269962489,
    1.1283740897065282, 5.028273845588189e-07,
];
function erf(x) {
    const a = Math.abs(x);
    if (a < 1) return x + x * NEAR.reduce((sum, c) => sum * a * a + c, 0);
    const b = Math.min(a, 6);
    return Math.sign(x) * (1 - Math.exp(-FAR.reduce((sum, c) => sum * b + c, 0)));
}"""

JAVASCRIPT = Dialect(
    loop="for (let {name} = 0; {name} < {count}; {name}++) {{",
    kinds={"real": "let ", "whole": "let ", "mask": "let "},
    quotient="Math.floor({0} / {1})", whole="Math.trunc({0})", real="Number({0})", infinity="Infinity", nan="NaN",
    functions={
        **{name: f"Math.{name}" for name in ("sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "floor")},
        "absolute": "Math.abs", "maximum": "Math.max", "minimum": "Math.min", "power": "Math.pow", "sign": "Math.sign",
        "round": "rint", "erf": "erf", "sigmoid": "sigmoid",
    },
    helpers={
        "sigmoid": "const sigmoid = (z) => 1 / (1 + Math.exp(-z));",
        "rint": (
            "// To the nearest whole number, halves to the even one.\n"
            "function rint(x) {\n"
            "    const low = Math.floor(x), rest = x - low;\n"
            "    return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;\n"
            "}"
        ),
        "erf": _ERF,
        "row_of": (
            "// Where index i stands among n rows, counted from the end if it is negative; -1 if nowhere.\n"
            "const row_of = (i, n) => (i < 0 ? (i + n >= 0 ? i + n : -1) : i < n ? i : -1);"
        ),
    },
    finite="Number.isFinite({0})",
)
