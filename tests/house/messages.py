"""Reads the catalogue of words and every place in the package that asks for them."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.source import Module, called

LANGUAGES = {"en", "zh"}
PARTS = {"got", "expected", "try"}
TERMS = {
    "前向传播": ("正向传播", "前馈传播", "前向传递"),
    "反向传播": ("反向传递", "逆向传播", "后向传播"),
    "链式法则": ("链锁法则", "连锁法则", "链规则"),
    "权重": ("权值", "加权值"),
    "偏置": ("偏移量", "偏值"),
    "激活函数": ("激励函数", "活化函数", "启动函数"),
    "学习率": ("学习速率", "学习速度", "学习步长"),
    "损失": ("损耗", "代价函数", "成本函数"),
    "决策边界": ("决策边缘", "判定边界", "分类边界"),
    "梯度消失": ("梯度弥散", "梯度消散"),
}
"""The terms of the articles, and other words for them that their readers would take for other things."""


@dataclass(frozen=True)
class Use:
    """One place that asks for words; `pattern` is the key as a regular expression, `values` None when unknown."""

    where: str
    key: str
    pattern: str
    is_error: bool
    values: frozenset[str] | None


@dataclass(frozen=True)
class Speaker:
    """A function that takes a key: as which argument, and whether the key is that of an error with its parts."""

    at: int
    name: str
    is_error: bool


def read(folder: Path) -> dict[str, dict[str, str]]:
    """Every key of a folder of rooms with its line a language; `room.name` or `room.name.part`."""
    words: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            _collect(f"{path.stem}.{name}", entry, words)
    return words


def _collect(key: str, entry: dict[str, object], words: dict[str, dict[str, str]]) -> None:
    lines = {name: value for name, value in entry.items() if isinstance(value, str)}
    if lines:
        words[key] = lines
    for name, value in entry.items():
        if isinstance(value, dict):
            _collect(f"{key}.{name}", value, words)


def placeholders(text: str) -> set[str]:
    """The names in braces, without what follows a dot, a bracket or a colon."""
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def faults(words: dict[str, dict[str, str]]) -> list[str]:
    """What is wrong with the words themselves."""
    found = []
    for key, lines in words.items():
        if set(lines) != LANGUAGES:
            found.append(f"{key}: has {sorted(lines)}, not {sorted(LANGUAGES)}")
            continue
        if placeholders(lines["en"]) != placeholders(lines["zh"]):
            found.append(f"{key}: other placeholders in zh than in en")
        if lines["en"] == lines["zh"] and _is_prose(lines["en"]):
            found.append(f"{key}: zh is the English sentence")
        found += [f"{key}: {other} is {term} in the articles" for other, term in _foreign_terms(lines["zh"])]
        if not lines["en"].strip() or not lines["zh"].strip():
            found.append(f"{key}: empty")
    parts = {key.rpartition(".")[0] for key in words if key.rpartition(".")[2] in PARTS and key.count(".") > 1}
    lacking = [(key, part) for key in sorted(parts) for part in sorted(PARTS) if f"{key}.{part}" not in words]
    return found + [f"{key}: lacks the part {part}" for key, part in lacking]


def _foreign_terms(chinese: str) -> list[tuple[str, str]]:
    return [(other, term) for term, others in TERMS.items() for other in others if other in chinese]


def _is_prose(text: str) -> bool:
    """Whether words need a translation: more than two of them, and not a line of Python."""
    bare = re.sub(r"\{[^}]*\}|`[^`]*`|\"[^\"]*\"", "x", text)
    try:
        ast.parse(bare)
    except SyntaxError:
        return sum(1 for word in bare.split() if re.fullmatch(r"[a-z]{2,}[.,;:]?", word)) > 2
    return False


def error_names(modules: dict[str, Module]) -> set[str]:
    """Every class of the package that speaks in four parts, errors and warnings, by name."""
    names = {"ChainruleError", "ChainruleWarning"}
    classes = [node for module in modules.values() for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    while True:
        more = {node.name for node in classes if names & {getattr(b, "attr", getattr(b, "id", "")) for b in node.bases}}
        if more <= names:
            return names
        names |= more


def uses(modules: dict[str, Module]) -> list[Use]:
    """Every call that asks for words by key: an error, `say`, and functions that pass a key of theirs on to one."""
    direct = {**dict.fromkeys(error_names(modules), Speaker(0, "key", True)), "say": Speaker(0, "key", False)}
    speakers = dict(direct)
    while True:
        more = {
            name: place
            for module in modules.values()
            for name, place in _passing_on(module.tree, speakers)
            if name not in speakers
        }
        if not more:
            break
        speakers |= more
    return [use for module in modules.values() for use in _uses(module, speakers, set(direct))]


def _passing_on(tree: ast.AST, speakers: dict[str, Speaker]) -> Iterator[tuple[str, Speaker]]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [a.arg for a in [*function.args.posonlyargs, *function.args.args] if a.arg not in {"self", "cls"}]
        every = [*names, *(a.arg for a in function.args.kwonlyargs)]
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call) and called(node) in speakers):
            key = _key(call, speakers[called(call)])
            if isinstance(key, ast.Name) and key.id in every and function.name not in {"__init__", "part"}:
                at = names.index(key.id) if key.id in names else -1
                yield function.name, Speaker(at, key.id, speakers[called(call)].is_error)


def _key(call: ast.Call, speaker: Speaker) -> ast.expr | None:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if speaker.name in named:
        return named[speaker.name]
    return call.args[speaker.at] if 0 <= speaker.at < len(call.args) else None


def _uses(module: Module, speakers: dict[str, Speaker], direct: set[str]) -> Iterator[Use]:
    for call in ast.walk(module.tree):
        if not (isinstance(call, ast.Call) and called(call) in speakers):
            continue
        given = {keyword.arg for keyword in call.keywords}
        for text, pattern in _texts(_key(call, speakers[called(call)])):
            exact = called(call) in direct and None not in given and "{}" not in text
            values = frozenset(str(name) for name in given) if exact else None
            if not text.startswith("{}"):  # the room itself is computed: errors.py, of its own key
                yield Use(f"{module.where}:{call.lineno}", text, pattern, speakers[called(call)].is_error, values)


def _texts(key: ast.expr | None) -> Iterator[tuple[str, str]]:
    match key:
        case ast.Constant(value=str() as text):
            yield text, re.escape(text)
        case ast.JoinedStr(values=pieces):
            text = "".join(str(piece.value) if isinstance(piece, ast.Constant) else "{}" for piece in pieces)
            yield text, "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[^.]+" for p in pieces)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)


def mentions(modules: dict[str, Module]) -> set[str]:
    """Every text of the package, f-strings as patterns: a key kept in a table of data counts as used."""
    found = set()
    for module in modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant | ast.JoinedStr):
                key = r"[a-z_][a-z_0-9]*\.[\w.{}-]+"
                found |= {pattern for text, pattern in _texts(node) if re.fullmatch(key, text)}
    return found


def unmet(found: list[Use], words: dict[str, dict[str, str]]) -> list[str]:
    """Places that ask for words that are not there, or leave out a value that the words name."""
    complaints = []
    for use in found:
        pattern = use.pattern + r"\.(got|expected|try)" if use.is_error else use.pattern
        keys = [key for key in words if re.fullmatch(pattern, key)]
        if not keys:
            complaints.append(f"{use.where}: no words under {use.key}")
        elif use.values is not None:
            for key in keys:
                missing = placeholders(words[key].get("en", "")) - use.values - {"where"}
                if missing:
                    complaints.append(f"{use.where}: {key} names {sorted(missing)}, which is not given")
    return complaints


def unused(patterns: set[str], words: dict[str, dict[str, str]]) -> list[str]:
    """Keys that nothing in the package asks for."""
    whole = re.compile("|".join(rf"(?:{pattern})(?:\.(?:got|expected|try))?" for pattern in sorted(patterns)) or "(?!)")
    return [key for key in words if not whole.fullmatch(key)]
