"""Tables read by LLVM IR: every parameter of a call has two cells, its value and by how much a step moves it."""

from collections.abc import Sequence


def table_values(names: Sequence[str], factors: dict[str, int]) -> str:
    """Instructions that read all parameters for step `%t` from `%table`; parameter x is `%x` then.

    Args:
        names: the parameters in their order.
        factors: by what a parameter is multiplied, such as a stride by the bytes of an element.
    """
    lines = []
    for i, name in enumerate(names):
        lines += [
            f"  %{name}.base.at = getelementptr i64, ptr %table, i64 {2 * i}",
            f"  %{name}.base = load i64, ptr %{name}.base.at",
            f"  %{name}.step.at = getelementptr i64, ptr %table, i64 {2 * i + 1}",
            f"  %{name}.step = load i64, ptr %{name}.step.at",
            f"  %{name}.moved = mul i64 %{name}.step, %t",
            f"  %{name}.value = add i64 %{name}.base, %{name}.moved",
            f"  %{name} = mul i64 %{name}.value, {factors.get(name, 1)}",
        ]
    return "\n".join(lines)


def value_stores(names: Sequence[str]) -> str:
    """Instructions that put all parameters, as they are now, into `%values`."""
    lines = []
    for i, name in enumerate(names):
        lines.append(f"  %{name}.at = getelementptr i64, ptr %values, i64 {i}")
        lines.append(f"  store i64 %{name}, ptr %{name}.at")
    return "\n".join(lines)


def value_loads(names: Sequence[str], *wanted: str) -> str:
    """Instructions that read some parameters back from `%values`.

    Args:
        names: the parameters in their order.
        wanted: some of them.
    """
    lines = []
    for name in wanted:
        lines.append(f"  %{name}.at = getelementptr i64, ptr %values, i64 {names.index(name)}")
        lines.append(f"  %{name} = load i64, ptr %{name}.at")
    return "\n".join(lines)
