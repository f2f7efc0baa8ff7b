"""An explained step as one HTML page: tables, MathML, nothing from outside."""

from html import escape
from typing import TYPE_CHECKING

from chainrule import language
from chainrule.glass.explaining.numbers import beside, shown
from chainrule.glass.explaining.quantity import Quantity, Update
from chainrule.glass.formula import mathml
from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.glass.explaining.step import Step

STYLE = """
body { font: 16px/1.5 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1f2328;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; background: #fff; }
"""
TABLES = """
.step h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #2f6f9f; padding-bottom: .2rem; }
.step table { border-collapse: collapse; width: 100%; }
.step th { text-align: left; font-weight: 600; color: #57606a; font-size: .85rem; }
.step th, .step td { padding: .35rem .7rem; border-bottom: 1px solid #d8dee4; vertical-align: top; text-align: left; }
.step pre { margin: 0; font: .85rem/1.35 ui-monospace, Consolas, monospace; overflow-x: auto; max-width: 34rem; }
.step .mean { color: #57606a; font-size: .88rem; }
.step math { font-size: 1.12rem; }
.step .good { color: #1a7f37; white-space: nowrap; } .step .bad { color: #b42318; font-weight: 600; }
.step code { font: .85rem ui-monospace, Consolas, monospace; color: #57606a; }
.step a { color: #2f6f9f; text-decoration: none; }
"""
GOOD = 1e-3


def page(step: "Step") -> str:
    """The whole page, in the language in force."""
    lang = "zh-CN" if language.current() == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(step.title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n{fragment(step)}\n</body>\n</html>\n"
    )


def fragment(step: "Step") -> str:
    """The page without its frame: what a notebook shows."""
    parts = [f"<style>{TABLES}</style>", '<div class="step">', f"<h1>{escape(step.title)}</h1>"]
    parts.append(f'<p class="mean">{escape(say("explain.page.about"))}</p>')
    for part in ("given", "forward", "backward"):
        rows = [_row(quantity) for quantity in step if quantity.part == part]
        parts += _table(say(f"explain.part.{part}"), _heads(part), rows)
    rows = [_update(update) for update in step.updates.values()]
    heads = [say("explain.page.name"), f"{say('explain.page.before')} → {say('explain.page.after')}"]
    parts += _table(say("explain.part.update"), heads, rows)
    return "\n".join([*parts, "</div>"])


def _heads(part: str) -> list[str]:
    names = ["name", "shape", "value"] + (["check"] if part == "backward" else [])
    return [say(f"explain.page.{name}") for name in names]


def _table(title: str, heads: list[str], rows: list[str]) -> list[str]:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return [f"<h2>{escape(title)}</h2>", f"<table><thead><tr>{head}</tr></thead><tbody>", *rows, "</tbody></table>"]


def _row(quantity: Quantity) -> str:
    name = f"{quantity.mathml}<br><code>{escape(quantity.formula)}</code>"
    links = ", ".join(f'<a href="#{escape(factor)}">{escape(factor)}</a>' for factor in quantity.factors)
    words = f'<br><span class="mean">{escape(quantity.meaning)}</span>'
    if links:
        words += f'<br><span class="mean">{escape(say("explain.page.from"))} {links}</span>'
    cells = [name + words, escape(str(quantity.shape)) if quantity.shape else "", _pre(shown(quantity.value))]
    if quantity.part == "backward":
        cells.append(_check(quantity))
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr id="{escape(quantity.name)}">{body}</tr>'


def _check(quantity: Quantity) -> str:
    if quantity.numeric_error is None:
        return ""
    kind = "good" if quantity.numeric_error < GOOD else "bad"
    sign = "✓" if kind == "good" else "✗"
    some = f"<br>{quantity.checked} / {quantity.value.size}" if quantity.checked < quantity.value.size else ""
    return f'<span class="{kind}">{sign} {quantity.numeric_error:.1e}</span>{some}'


def _update(update: Update) -> str:
    words = f"{update.mathml}<br><code>{escape(update.formula)}</code>"
    if update.settings:
        numbers = ", ".join(f"{name} = {value:g}" for name, value in update.settings.items())
        words += f'<br><span class="mean">{escape(say("explain.page.settings"))} {escape(numbers)}</span>'
    blocks = [_pre("\n".join(beside(update.before, update.after)))]
    for term in update.terms:
        words += f"<br>{mathml(term.name, term.expression)}"
        numbers = "\n".join(beside(term.before, term.after)) if term.before is not None else shown(term.after)
        blocks.append(f"<code>{escape(term.name)}</code>{_pre(numbers)}")
    return f"<tr><td>{words}</td><td>{''.join(blocks)}</td></tr>"


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"
