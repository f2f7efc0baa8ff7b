"""Formulas: written once as Python, shown as text, as LaTeX and as MathML."""

import ast
import re
from collections.abc import Callable, Sequence
from html import escape

GREEK = {
    "lr": "α", "beta1": "β_1", "beta2": "β_2", "beta": "β", "eps": "ε", "momentum": "μ", "gamma": "γ", "rho": "ρ",
    "weight_decay": "λ", "decoupled_weight_decay": "λ", "alpha": "α", "delta": "δ", "mean": "mean",
}
_LATEX = {
    "α": r"\alpha", "β": r"\beta", "ε": r"\varepsilon", "μ": r"\mu", "γ": r"\gamma", "ρ": r"\rho", "λ": r"\lambda",
    "δ": r"\delta", "σ": r"\sigma", "⊙": r"\odot", "·": r"\cdot", "⊤": r"\top", "≥": r"\geq", "≤": r"\leq",
    "∑": r"\sum", "−": "-", "≠": r"\ne",
}
_SCALARS = re.compile(r"lr|beta\d?|eps|momentum|gamma|rho|weight_decay|decoupled_weight_decay|loss|share\d*|[a-z]")
_LETTERS_OF_ARRAYS = ("p", "y", "e", "u", "m", "v", "b", "g", "w", "q")
_BINDS = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.MatMult: 2, ast.Div: 2, ast.USub: 3, ast.Pow: 4}
_COMPARED = {ast.Gt: ">", ast.Lt: "<", ast.GtE: "≥", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠"}


def tidy(text: str) -> str:
    """An expression with no more parentheses than it needs, whole numbers without `.0`, and nothing multiplied by 1."""
    tree = _Simpler().visit(ast.parse(text, mode="eval"))
    return ast.unparse(ast.fix_missing_locations(tree)).replace("np.", "")


def turned(text: str) -> str:
    """The transpose of an expression of matrices, written with as few transposes as may be."""
    return tidy(ast.unparse(_turn(ast.parse(text, mode="eval").body)))


def _turn(node: ast.AST) -> ast.expr:
    match node:
        case ast.Attribute(value=inner, attr="T"):
            return inner
        case ast.Constant():
            return node
        case ast.UnaryOp(op=op, operand=inner):
            return ast.UnaryOp(op, _turn(inner))
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return ast.BinOp(_turn(right), ast.MatMult(), _turn(left))
        case ast.BinOp(left=left, op=op, right=right):
            return ast.BinOp(_turn(left), op, _turn(right))
        case ast.Call(func=ast.Name() as function, args=args) if function.id in ("sign", "abs", "exp", "sqrt", "tanh"):
            return ast.Call(function, [_turn(arg) for arg in args], [])
        case ast.Name(id=name) if _SCALARS.fullmatch(name) and name not in _LETTERS_OF_ARRAYS:
            return node
    assert isinstance(node, ast.expr)
    return ast.Attribute(node, "T", ast.Load())


class _Simpler(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        whole = isinstance(node.value, float) and node.value.is_integer() and abs(node.value) < 1e9
        return ast.Constant(int(node.value)) if whole else node  # type: ignore[arg-type]  # a float, as just asked

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        twice = node.attr == "T" and isinstance(node.value, ast.Attribute) and node.value.attr == "T"
        return node.value.value if twice and isinstance(node.value, ast.Attribute) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult | ast.Div) and _is_one(node.right):
            return node.left
        return node.right if isinstance(node.op, ast.Mult) and _is_one(node.left) else node


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == 1


def unguarded(text: str) -> str:
    """An expression without the guards against division by zero, `n + (n == 0)`: the same where n is not 0."""
    return ast.unparse(_Unguarded().visit(ast.parse(text, mode="eval")))


class _Unguarded(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        guard = node.right
        if isinstance(node.op, ast.Add) and isinstance(guard, ast.Compare) and isinstance(guard.ops[0], ast.Eq):
            zero = guard.comparators[0]
            same = ast.dump(guard.left) == ast.dump(node.left)
            if same and isinstance(zero, ast.Constant) and zero.value == 0:
                return node.left
        return node


def names_in(text: str) -> tuple[str, ...]:
    """The names that an expression is made of, in order, functions left out."""
    tree = ast.parse(text, mode="eval")
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in nodes if node.id not in called))


def latex(name: str, text: str) -> str:
    """The equation in LaTeX."""
    return f"{_LATEX_FORM.name(name)} = {_LATEX_FORM.write(ast.parse(text, mode='eval').body)[0]}"


def mathml(name: str, text: str) -> str:
    """The equation in MathML, as it stands in a page."""
    inner = _MATHML_FORM.write(ast.parse(text, mode="eval").body)[0]
    return f'<math display="inline"><mrow>{_MATHML_FORM.name(name)}<mo>=</mo>{inner}</mrow></math>'


def mathml_name(name: str) -> str:
    """One name in MathML."""
    return f"<math>{_MATHML_FORM.name(name)}</math>"


class _Form:
    """How one language of formulas writes names, fractions, powers."""

    def __init__(
        self, letter: Callable[[str], str], lowered: Callable[[str, str], str], number: Callable[[str], str],
        sign: Callable[[str], str], over: Callable[[str, str], str], raised: Callable[[str, str], str],
        word: Callable[[str], str],
    ) -> None:
        self.letter, self.lowered, self.number = letter, lowered, number
        self.sign, self.over, self.raised, self.word = sign, over, raised, word

    def name(self, name: str) -> str:
        name = GREEK.get(name, name)
        found = re.fullmatch(r"([^\d_]+)_?(\w*)", name)
        if found is None or len(found[1]) > 4 or found[1] == "loss":
            return self.word(name) if name != "loss" else self.letter("L")
        lead = ""
        base = found[1]
        if base[0] == "d" and len(base) > 1:
            lead, base = self.letter("d"), base[1:]
        base = "L" if base == "loss" else base
        written = self.letter(base) if len(base) == 1 else self.word(base)
        return lead + (self.lowered(written, found[2]) if found[2] else written)

    def wrapped(self, node: ast.AST, least: int) -> str:
        """A part, in parentheses where it binds less tightly than what stands around it."""
        text, binds = self.write(node)
        return text if binds >= least else self.sign("(") + text + self.sign(")")

    def write(self, node: ast.AST) -> tuple[str, int]:
        """A part, and how tightly it binds."""
        match node:
            case ast.Name(id=name):
                return self.name(name), 9
            case ast.Constant(value=value):
                return self.number(f"{value:g}" if isinstance(value, float) else str(value)), 9
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self.sign("−") + self.wrapped(inner, 2), 2
            case ast.BinOp():
                return self._two(node)
            case ast.Subscript(value=inner, slice=ast.Tuple(elts=[ast.Slice(), ast.Constant(value=None)])):
                return self.wrapped(inner, 9), 9  # as a column
            case ast.Attribute(value=inner, attr="T"):
                return self.raised(self.wrapped(inner, 9), self.sign("⊤")), 9
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return (
                    self.sign("[") + self.wrapped(left, 1) + self.sign(_COMPARED[type(op)]) + self.wrapped(right, 1)
                    + self.sign("]"), 9,
                )
            case ast.Call(func=ast.Attribute(value=inner, attr=name)):
                return self._called(name, [inner, *node.args])
            case ast.Call(func=ast.Name(id=name)):
                return self._called(name, node.args)
        return self.word(ast.unparse(node)), 9

    def _two(self, node: ast.BinOp) -> tuple[str, int]:
        binds = _BINDS.get(type(node.op), 1)
        match node.op:
            case ast.Div():
                return self.over(self.write(node.left)[0], self.write(node.right)[0]), 3
            case ast.Pow():
                return self.raised(self.wrapped(node.left, 9), self.write(node.right)[0]), 9
        left, right = self.wrapped(node.left, binds), self.wrapped(node.right, binds + isinstance(node.op, ast.Sub))
        match node.op:
            case ast.Add():
                sign = "+"
            case ast.Sub():
                sign = "−"
            case ast.MatMult():
                return left + self.sign(" ") + right, binds
            case _:
                sign = "·" if _is_scalar(node.left) or _is_scalar(node.right) else "⊙"
        return left + self.sign(sign) + right, binds

    def _called(self, name: str, args: Sequence[ast.AST]) -> tuple[str, int]:
        parts = [self.write(arg)[0] for arg in args]
        if name in ("sum", "abs") or (name == "exp" and len(parts) == 1):
            if name == "exp":
                return self.raised(self.letter("e"), parts[0]), 9
            if name == "abs":
                return self.sign("|(") + parts[0] + self.sign(")|"), 9
            return self.sign("∑") + self.wrapped(args[0], 2), 2
        head = {"log": "ln", "maximum": "max", "minimum": "min"}.get(name, name)
        written = self.letter("σ") if name == "sigmoid" else self.word(head)
        return written + self.sign("(") + self.sign(",").join(parts) + self.sign(")"), 9


def _is_scalar(node: ast.AST) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return _SCALARS.fullmatch(name) is not None and name not in _LETTERS_OF_ARRAYS
        case ast.UnaryOp(operand=inner):
            return _is_scalar(inner)
        case ast.BinOp(left=left, right=right):
            return _is_scalar(left) and _is_scalar(right)
    return False


def _tex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) + (" " if letter in _LATEX else "") for letter in text).strip()


_SIGNS = {
    " ": r"\,", "(": r"\left(", ")": r"\right)", "[": r"\left[", "]": r"\right]", "|(": r"\left|", ")|": r"\right|",
}
_BARS = {"|(": "|", ")|": "|"}
_LATEX_FORM = _Form(
    letter=lambda text: f"{_tex(text)} " if text in _LATEX else text,
    lowered=lambda base, low: f"{base.strip()}_{{{_tex(low)}}}",
    number=lambda text: re.sub(r"e([+-]?)0*(\d+)$", lambda m: rf" \cdot 10^{{{m[1].strip('+')}{m[2]}}}", text),
    sign=lambda text: _SIGNS.get(text) or f" {_tex(text)} ",
    over=lambda top, bottom: rf"\frac{{{top}}}{{{bottom}}}",
    raised=lambda base, high: f"{{{base}}}^{{{high.strip()}}}",
    word=lambda text: r"\operatorname{" + text.replace("_", r"\_") + "}",
)
_MATHML_FORM = _Form(
    letter=lambda text: f"<mi>{escape(text)}</mi>",
    lowered=lambda base, low: f"<msub>{base}<mn>{escape(low)}</mn></msub>",
    number=lambda text: f"<mn>{escape(text)}</mn>",
    sign=lambda text: "<mspace width='0.2em'/>" if text == " " else f"<mo>{escape(_BARS.get(text, text))}</mo>",
    over=lambda top, bottom: f"<mfrac><mrow>{top}</mrow><mrow>{bottom}</mrow></mfrac>",
    raised=lambda base, high: f"<msup><mrow>{base}</mrow><mrow>{high}</mrow></msup>",
    word=lambda text: f'<mi mathvariant="normal">{escape(text)}</mi>',
)
