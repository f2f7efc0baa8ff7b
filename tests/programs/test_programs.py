"""Programs as PyTorch's users write them run with only their imports changed: they learn, or give PyTorch's numbers."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "pytorch"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))


def swapped(text: str) -> str:
    """The program with `chainrule` imported in PyTorch's place; no other line changes."""
    text = re.sub(r"^import torch$", "import chainrule as torch", text, flags=re.MULTILINE)
    text = re.sub(r"^import torch\.(\S+) as ", r"import chainrule.\1 as ", text, flags=re.MULTILINE)
    text = re.sub(r"^import torch\.\S+\n", "", text, flags=re.MULTILINE)  # as `import torch` alone would do
    return re.sub(r"^from torch\b", "from chainrule", text, flags=re.MULTILINE)


def run(text: str, name: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": name}
    exec(compile(text, f"{name}.py", "exec"), space)  # noqa: S102 - a program of ours
    return space


def compare(ours: Any, theirs: Any, where: str) -> None:
    if isinstance(ours, dict):
        assert list(ours) == list(theirs), where
        for key in ours:
            compare(ours[key], theirs[key], f"{where}, {key}")
    elif isinstance(ours, str) or (isinstance(ours, list) and ours and isinstance(ours[0], str)):
        assert ours == theirs, where
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8, err_msg=where)


def test_only_imports_change() -> None:
    for name in PROGRAMS:
        text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
        rest = [line for line in text.splitlines() if not re.match(r"(import|from) torch\b", line)]
        kept = [line for line in swapped(text).splitlines() if not re.match(r"(import|from) chainrule\b", line)]
        assert kept == rest
        assert not re.search(r"^(import|from) torch", swapped(text), re.MULTILINE)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    ours = run(swapped(text), name)
    if "RESULT" in ours:
        pytest.importorskip("torch")
        compare(ours["RESULT"], run(text, name)["RESULT"], name)
