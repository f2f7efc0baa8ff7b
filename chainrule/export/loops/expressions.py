"""Each elementwise primitive as an expression of its arguments."""

from collections.abc import Callable

from chainrule.export.loops.seen import BOTH, CHOICE, EITHER, ORDER, PRODUCT, SUM, TIGHT, UNARY, Kind, Text
from chainrule.export.loops.writer import Writer

Form = Callable[[Writer, list[Text]], Text]


def _between(sign: str, level: int, *, neutral: str = "") -> Form:
    """An operator; its right side holds together more strongly, so that the order of operations stays.

    A number on the right that changes nothing, of a norm that was not trained say, is not written.
    """

    def form(writer: Writer, args: list[Text]) -> Text:
        left, right = args
        if neutral and right.text == neutral:
            return left
        return Text(f"{left.within(level)} {sign} {right.within(level + 1)}", level)

    return form


def _quotient(writer: Writer, args: list[Text]) -> Text:
    if args[1].text == "1.0":
        return args[0]
    below = Text(f"{args[1].text}.0") if args[1].text.isdigit() else args[1]  # C divides whole numbers in its own way
    return Text(f"{args[0].within(PRODUCT)} / {below.within(PRODUCT + 1)}", PRODUCT)


def _both(sign: str, level: int) -> Form:
    """And, or: everything inside in brackets, as compilers ask where they are mixed."""
    return lambda writer, args: Text(f"{args[0].within(ORDER)} {sign} {args[1].within(ORDER)}", level)


def _compared(sign: str) -> Form:
    return lambda writer, args: Text(f"{args[0].within(SUM)} {sign} {args[1].within(SUM)}", ORDER)


def _called(name: str) -> Form:
    def form(writer: Writer, args: list[Text]) -> Text:
        return writer.call(writer.dialect.functions[name], *(arg.text for arg in args))

    return form


def _choice(writer: Writer, args: list[Text]) -> Text:
    return Text(" ".join((args[0].within(EITHER), "?", args[1].within(EITHER), ":", args[2].within(CHOICE))), CHOICE)


def _finite(writer: Writer, args: list[Text]) -> Text:
    return Text(writer.dialect.finite.format(args[0].text))


def _isnan(writer: Writer, args: list[Text]) -> Text:
    return Text(f"{args[0].within(SUM)} != {args[0].within(SUM)}", ORDER)


def cast(kind: Kind, was: Kind) -> Form:
    """To another kind of number."""

    def form(writer: Writer, args: list[Text]) -> Text:
        if kind == was:
            return args[0]
        if kind == "mask":
            return Text(f"{args[0].within(SUM)} != 0", ORDER)
        return Text((writer.dialect.real if kind == "real" else writer.dialect.whole).format(args[0].text))

    return form


EXPRESSIONS: dict[str, Form] = {
    "add": _between("+", SUM, neutral="0.0"), "subtract": _between("-", SUM, neutral="0.0"),
    "multiply": _between("*", PRODUCT, neutral="1.0"),
    "divide": _quotient, "negative": lambda writer, args: Text(f"-{args[0].within(TIGHT)}", UNARY),
    **{
        name: _called(name) for name in (
            "power", "maximum", "minimum", "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sigmoid",
            "erf", "absolute", "sign", "floor", "round",
        )
    },
    "where": _choice,
    "equal": _compared("=="), "not_equal": _compared("!="), "less": _compared("<"), "less_equal": _compared("<="),
    "greater": _compared(">"), "greater_equal": _compared(">="),
    "logical_and": _both("&&", BOTH), "logical_or": _both("||", EITHER),
    "logical_not": lambda writer, args: Text(f"!{args[0].within(TIGHT)}", UNARY),
    "isnan": _isnan, "isfinite": _finite,
}
"""Primitive to its expression."""
