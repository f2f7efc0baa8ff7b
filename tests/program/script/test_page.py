"""The page about scripts shows what `cr.script` really writes, in both languages."""

import re
from pathlib import Path

import chainrule as cr

PAGE = (Path(__file__).parents[3] / "docs" / "script.md").read_text(encoding="utf-8")


def test_the_page_shows_the_program():
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(block, names)  # noqa: S102 - our own page
    english, chinese = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert names["program"] == english
    assert cr.script(names["trainer"], (names["X"], names["y"]), epochs=100, lang="zh") == chinese
