"""An expression of a script in the signs of mathematics, for the comment behind it."""

import ast
import re
from collections.abc import Callable, Collection

SIGNS = {
    "gamma": "γ", "beta": "β", "alpha": "α", "eps": "ε", "lr": "η", "mean": "μ", "var": "σ²", "xhat": "x̂", "m_hat": "m̂",
    "v_hat": "v̂", "loss": "L", "decay": "λ", "weight_decay": "λ", "error": "e", "total": "Σ", "momentum": "μ",
    "sigmoid": "σ", "LR": "η", "BETA": "β", "EPS": "ε", "DECAY": "λ", "MOMENTUM": "μ",
    "DROP": "p", "PSI": "ψ", "ALPHA": "α", "mu": "μ", "mu_next": "μ′",
}
OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: (" + ", 1), ast.Sub: (" − ", 1), ast.Mult: (" · ", 2), ast.Div: (" / ", 2), ast.MatMult: (" ", 2),
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥",
}
POWERS = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")
UNDER = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
AXES = {"0": "ᵢ", "1": "ⱼ"}
ATOM, POWER, UNARY = 5, 4, 3
SAME = frozenset(("astype", "reshape", "broadcast_to", "array", "transpose", "take_along_axis"))
AROUND = {"abs": ("|", "|"), "floor": ("⌊", "⌋"), "sqrt": ("√(", ")")}
CALLED = {"maximum": "max", "minimum": "min", "log": "ln", "sigmoid": "σ", "uniform": "U", "power": "pow"}

Text = tuple[str, int]


def mathematics(expression: ast.expr, sign: Callable[[str], str]) -> str:
    """The expression as a formula.

    Args:
        expression: of a script.
        sign: from a name to its sign.
    """
    return _Formula(sign).text(expression)[0]


def sign(name: str, gradients: Collection[str] = ()) -> str:
    """A name as mathematics writes it: `W1` is W₁, and of `gradients` `dW1` is ∂L/∂W₁."""
    if name in gradients and name[0] == "d":
        return f"∂L/∂{sign(name[1:])}"
    stem, number = re.fullmatch(r"(.*?)_?(\d*)", name).groups()  # type: ignore[union-attr]  # everything fits
    stem = SIGNS.get(stem, stem)
    return stem + number.translate(UNDER)


class _Formula:
    def __init__(self, sign: Callable[[str], str]) -> None:
        self.sign = sign

    def text(self, node: ast.expr) -> Text:
        """The formula, and how tightly it holds together."""
        made: Callable[[ast.expr], Text] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        return (ast.unparse(node), ATOM) if made is None else made(node)

    def inside(self, node: ast.expr, least: int) -> str:
        """The formula, in brackets where it holds less tightly."""
        text, holds = self.text(node)
        return text if holds >= least else f"({text})"

    def _name(self, node: ast.Name) -> Text:
        return self.sign(node.id), ATOM

    def _constant(self, node: ast.Constant) -> Text:
        if isinstance(node.value, float) and node.value.is_integer() and abs(node.value) < 1e6:
            return str(int(node.value)), ATOM
        return str(node.value), ATOM

    def _binop(self, node: ast.BinOp) -> Text:
        if isinstance(node.op, ast.Pow):
            base, power = self.inside(node.left, ATOM), self.text(node.right)[0]
            small = re.fullmatch(r"-?\d+", power)
            return (base + power.translate(POWERS) if small else f"{base}^{self.inside(node.right, ATOM)}"), POWER
        if isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right):
            return f"{self.inside(node.left, ATOM)}²", POWER
        word, holds = OPERATORS.get(type(node.op), (" ? ", 1))
        tighter = holds + isinstance(node.op, ast.Sub | ast.Div)
        if word == " · " and isinstance(node.left, ast.Constant):
            word = " "
        return self.inside(node.left, holds) + word + self.inside(node.right, tighter), holds

    def _unaryop(self, node: ast.UnaryOp) -> Text:
        return f"−{self.inside(node.operand, UNARY)}", 1

    def _compare(self, node: ast.Compare) -> Text:
        word = COMPARISONS.get(type(node.ops[0]), "?")
        return f"{self.inside(node.left, 1)} {word} {self.inside(node.comparators[0], 1)}", 0

    def _attribute(self, node: ast.Attribute) -> Text:
        if node.attr == "T":
            return f"{self.inside(node.value, ATOM)}ᵀ", ATOM
        return ({"inf": "∞", "nan": "NaN"}.get(node.attr, node.attr), ATOM)

    def _subscript(self, node: ast.Subscript) -> Text:
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            kept = ast.unparse(node.value)
            return self.sign(node.slice.value) + {"running": "ʳ"}.get(kept, ""), ATOM
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "np.full":
            return self.text(node.value)
        text = ast.unparse(node.slice).removeprefix("(").removesuffix(")")
        chosen = re.fullmatch(r"np\.arange\(0, [^,]*, 1, dtype='int64'\), (\w+)", text)
        if chosen is not None:  # of each row the one that its number names
            return f"{self.inside(node.value, ATOM)}[i, {self.sign(chosen[1])}ᵢ]", ATOM
        if re.fullmatch(r"[:, .]*(None)?[:, .]*", text):
            return self.text(node.value)
        return f"{self.inside(node.value, ATOM)}[{text}]", ATOM

    def _tuple(self, node: ast.Tuple) -> Text:
        return ", ".join(self.text(part)[0] for part in node.elts), 0

    def _call(self, node: ast.Call) -> Text:
        function = node.func
        if isinstance(function, ast.Attribute):
            name = function.attr
            plain = isinstance(function.value, ast.Name) and function.value.id == "np"
            args = node.args if plain else [function.value, *node.args]
        else:
            name, args = ast.unparse(function), node.args
        if name in ("sum", "max", "min", "argmax"):
            axis = next((ast.unparse(k.value) for k in node.keywords if k.arg == "axis"), "")
            sign_ = "Σ" if name == "sum" else name
            return f"{sign_}{AXES.get(axis, '')} {self.inside(args[0], 2)}", 2
        if name in SAME:
            return self.text(args[0])
        if name == "where":
            condition, chosen, other = (self.inside(part, 1) for part in args)
            return f"{chosen} if {condition} else {other}", 0
        if name == "arange":
            first, last = (ast.unparse(part) for part in args[:2])
            if first.isdecimal() and last.isdecimal():
                up = int(last) > int(first)
                return f"{first}…{int(last) - 1 if up else int(last) + 1}", ATOM
            return f"{first}…{self.inside(args[1], 2)}−1", ATOM
        if name == "full":
            return self.text(args[1])
        if name == "uniform":
            return "u", ATOM
        if name in AROUND:
            left, right = AROUND[name]
            return left + self.text(args[0])[0] + right, ATOM
        if name == "log1p":
            return f"ln(1 + {self.inside(args[0], 1)})", ATOM
        if name == "expm1":
            return f"e^{self.inside(args[0], ATOM)} − 1", 1
        if name == "exp":
            return f"e^{self.inside(args[0], ATOM)}", POWER
        if name == "concatenate":
            return f"[{self.text(args[0])[0]}]", ATOM
        plain = name in CALLED or (isinstance(function, ast.Attribute) and len(args) <= 2)
        given = [part for part in args if plain or not isinstance(part, ast.Constant | ast.Tuple)]
        words = ", ".join(self.text(part)[0] for part in given)
        return f"{CALLED.get(name, name)}({words})", ATOM
