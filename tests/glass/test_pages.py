"""The pages that explain `cr.explain` and `cr.examine` show what these really print, in both languages."""

import contextlib
import io
import re

import pytest

from chainrule import language
from tests.house import source

PAGES = {"en": "explain.md", "zh": "explain.zh-CN.md"}
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def rounded(text):
    """Deviations differ from machine to machine in the last digits; what is printed to four digits does not."""
    return re.sub(r"\d\.\de-\d+", "tiny", text).strip()


@pytest.mark.parametrize("lang", PAGES)
def test_page_shows_what_is_printed(lang):
    page = (source.ROOT / "docs" / PAGES[lang]).read_text(encoding="utf-8")
    before = list(language._chosen)
    language.choose(lang)
    space = {}
    try:
        blocks = BLOCK.findall(page)
        assert [kind for kind, _ in blocks] == ["python", "text"] * 4
        for (_, code), (_, text) in zip(blocks[::2], blocks[1::2], strict=True):
            held = io.StringIO()
            with contextlib.redirect_stdout(held):
                exec(code, space)  # noqa: S102 - the page's own program
            assert rounded(held.getvalue()) == rounded(text)
    finally:
        language._chosen[:] = before


def test_both_pages_run_the_same_program():
    pages = [(source.ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES.values()]
    one, two = ([text for kind, text in BLOCK.findall(page) if kind == "python"] for page in pages)
    assert one == two != []
