"""The frame of a page: its style, its head, and the file."""

import os
from collections.abc import Iterable
from html import escape
from pathlib import Path

from chainrule.errors import FileError
from chainrule.language import current, say

STYLE = """
.crd{--ink:#1f2328;--soft:#59636e;--line:#d5dae0;--paper:#fff;--pane:#f6f8fa;--fault:#b42318;--suspect:#b54708;
--note:#475467;--good:#067647;font:16px/1.55 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei",
"Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--paper);max-width:46rem;margin:0 auto;
padding:1.5rem 1rem}
@media(prefers-color-scheme:dark){.crd{--ink:#e6edf3;--soft:#9da7b1;--line:#3d444d;--paper:#0d1117;--pane:#161b22;
--fault:#ff7b72;--suspect:#f0a35e;--note:#9da7b1;--good:#56d364}.crd-page{background:#0d1117}}
.crd-page{margin:0}
.crd h1{font-size:1.55rem;line-height:1.25;margin:0 0 .3rem}
.crd h2{font-size:1.2rem;margin:0 0 .4rem}
.crd h3{font-size:.95rem;margin:1.3rem 0 .3rem;color:var(--soft);font-weight:600}
.crd p{margin:.3rem 0 .6rem}
.crd .lead{color:var(--soft)}
.crd .card{border:1px solid var(--line);border-left:5px solid var(--note);border-radius:8px;padding:1rem 1.2rem;
margin:1.2rem 0}
.crd .fault{border-left-color:var(--fault)}.crd .suspect{border-left-color:var(--suspect)}
.crd .healthy{border-left-color:var(--good)}
.crd .badge{font-size:.75rem;font-weight:700;letter-spacing:.04em;color:var(--note);margin-right:.6em}
.crd .fault .badge{color:var(--fault)}.crd .suspect .badge{color:var(--suspect)}
.crd code{font-family:ui-monospace,Consolas,monospace;font-size:.85em;color:var(--soft)}
.crd pre{background:var(--pane);border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;overflow-x:auto;
font:.85rem/1.5 ui-monospace,Consolas,monospace;margin:.3rem 0;white-space:pre-wrap}
.crd ul{margin:.2rem 0 .6rem;padding-left:1.2rem}
.crd dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem;margin:1rem 0}
.crd dl div{background:var(--pane);border-radius:6px;padding:.5rem .8rem}
.crd dt{font-size:.8rem;color:var(--soft)}.crd dd{margin:0;font-size:1.15rem;font-weight:600}
.crd details{margin:.8rem 0}.crd summary{cursor:pointer;color:var(--soft)}
.crd svg{width:100%;height:auto;font:12px system-ui,sans-serif;margin:.3rem 0}
.crd svg text{fill:var(--soft);paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.crd svg .grid{stroke:var(--line);stroke-width:1}
.crd svg .level{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:6 4}
.crd svg .way{stroke:var(--line);stroke-width:3}
.crd footer{color:var(--soft);font-size:.85rem;border-top:1px solid var(--line);margin-top:1.5rem;padding-top:.6rem}
"""


def framed(body: Iterable[str], lang: str | None, *, whole: bool) -> str:
    """The parts as a whole page, or as a fragment that a notebook shows."""
    inside = f'<div class="crd">{"".join(body)}</div>'
    if not whole:
        return f"<style>{STYLE}</style>{inside}"
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(say('doctor.page_title', lang))}</title><style>{STYLE}</style>"
    )
    name = "zh-CN" if (lang or current()) == "zh" else "en"
    return f'<!DOCTYPE html>\n<html lang="{name}"><head>{head}</head><body class="crd-page">{inside}</body></html>\n'


def write(path: str | os.PathLike[str], text: str) -> None:
    """Write a page.

    Raises:
        FileError: it cannot be written.
    """
    try:
        Path(path).expanduser().write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError("doctor.page_file", str(path), reason=error.strerror or str(error)) from error


def items(lines: Iterable[str]) -> str:
    """A list."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of a class of the style."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    """A small heading inside a card."""
    return f"<h3>{escape(text)}</h3>"


def numbers(rows: Iterable[tuple[str, str]]) -> str:
    """Numbers with their names, side by side."""
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    return f"<dl>{cells}</dl>" if cells else ""


def titled(level: str, words: str, name: str, code: str) -> str:
    """The first line of a card: how bad, what, and its code."""
    badge = f'<span class="badge">{escape(words)}</span>'
    return f"<h2>{badge}{escape(name)} <code>{escape(code)}</code></h2>" if level else ""
