"""What the documents say runs, and what they point to is there."""

import os
import re
import subprocess
import sys

import pytest

from tests.house import source

PAGES = sorted([*source.ROOT.glob("*.md"), *(source.ROOT / "docs").glob("**/*.md")])
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = {page: BLOCK.findall(page.read_text(encoding="utf-8")) for page in PAGES}


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if PROGRAMS[page]], ids=lambda page: page.name)
def test_the_blocks_of_a_page_run_as_one_program(page, tmp_path):
    program = tmp_path / "page.py"
    program.write_text("\n".join(PROGRAMS[page]), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    command = [sys.executable, "-W", "error", program]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_named_in_a_page_exist(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"`((?:chainrule|tests|docs|benchmarks)/[\w./-]*|[\w/-]+/[\w.-]+\.(?:py|md|toml))`", text)
    places = (source.ROOT, source.PACKAGE, source.ROOT / "docs")
    assert [name for name in named if "ROOM" not in name and not any((place / name).exists() for place in places)] == []


def test_both_readmes_show_the_same_program():
    code = [re.sub(r"\s*#.*", "", "".join(PROGRAMS[source.ROOT / name])) for name in ("README.md", "README.zh-CN.md")]
    assert code[0] == code[1] != ""
