"""How a tile walks over C, as LLVM IR: panel after panel of columns, in each the rows from top to bottom."""

from chainrule.program.loops.cells import value_loads
from chainrule.program.loops.tile_block import PARAMETERS
from chainrule.program.loops.tile_panels import Panel


def columns_text(choice: tuple[Panel, ...], size: int) -> str:
    """LLVM IR of `void columns(values, a_rows, c_rows, count, b)`: all columns of `count` rows at given addresses.

    Args:
        choice: the panels, of which the first that suits what is left is taken.
        size: bytes of an element.
    """
    lines = [
        "define internal void @columns(ptr %values, ptr %a.rows, ptr %c.rows, i64 %count, ptr %b) noinline nounwind {",
        "entry:",
        value_loads(PARAMETERS, "N"),
        "  %wide = icmp sgt i64 %N, 0",
        "  %tall = icmp sgt i64 %count, 0",
        "  %some = and i1 %wide, %tall",
        "  br i1 %some, label %panel, label %out",
        "panel:",
        "  %n = phi i64 [ 0, %entry ], [ %n.next, %next ]",
        "  %left = sub i64 %N, %n",
        f"  %at = mul i64 %n, {size}",
        "  %b.panel = getelementptr i8, ptr %b, i64 %at",
        "  br label %choose0",
    ]
    for p, panel in enumerate(choice):
        lines += _choice(p, panel, p == len(choice) - 1)
        lines += _row_blocks(p, panel)
    widths = ", ".join(f"[ {panel.width}, %done{p} ]" for p, panel in enumerate(choice))
    lines += [
        "next:",
        f"  %covered = phi i64 {widths}",
        "  %n.next = add i64 %n, %covered",
        "  %more = icmp slt i64 %n.next, %N",
        "  br i1 %more, label %panel, label %out",
        "out:",
        "  ret void",
        "}",
    ]
    return "\n".join(lines)


def _choice(p: int, panel: Panel, last: bool) -> list[str]:
    """Take this panel, or look at the next one."""
    if last:
        return [f"choose{p}:", f"  br label %take{p}"]
    lines = [f"choose{p}:", f"  %enough{p} = icmp sge i64 %left, {panel.least}"]
    taken = f"%enough{p}"
    if panel.most_rows:
        lines.append(f"  %few{p} = icmp sle i64 %count, {panel.most_rows}")
        lines.append(f"  %both{p} = and i1 %enough{p}, %few{p}")
        taken = f"%both{p}"
    return [*lines, f"  br i1 {taken}, label %take{p}, label %choose{p + 1}"]


def _row_blocks(p: int, panel: Panel) -> list[str]:
    """All rows of one panel: the tallest block that the next smaller one could not replace."""
    calls = range(len(panel.blocks))
    lines = [
        f"take{p}:",
        f"  %columns{p} = call i64 @llvm.smin.i64(i64 %left, i64 {panel.width})",
        f"  br label %tile{p}",
        f"tile{p}:",
        f"  %j{p} = phi i64 [ 0, %take{p} ], [ %j{p}.next, %then{p} ]",
        f"  %rest{p} = sub i64 %count, %j{p}",
        f"  %a.in{p} = getelementptr ptr, ptr %a.rows, i64 %j{p}",
        f"  %c.in{p} = getelementptr ptr, ptr %c.rows, i64 %j{p}",
        f"  br label %size{p}.0",
    ]
    for q, block in enumerate(panel.blocks):
        lines.append(f"size{p}.{q}:")
        if q == calls[-1]:
            lines.append(f"  br label %call{p}.{q}")
        else:
            lines.append(f"  %taller{p}.{q} = icmp sgt i64 %rest{p}, {panel.blocks[q + 1].rows}")
            lines.append(f"  br i1 %taller{p}.{q}, label %call{p}.{q}, label %size{p}.{q + 1}")
        given = f"ptr %values, ptr %a.in{p}, ptr %c.in{p}, i64 %rest{p}, i64 %columns{p}, ptr %b.panel, i64 %at"
        lines += [
            f"call{p}.{q}:",
            f"  call void @{block.symbol}({given})",
            f"  br label %then{p}",
        ]
    heights = ", ".join(f"[ {panel.blocks[q].rows}, %call{p}.{q} ]" for q in calls)
    return [
        *lines,
        f"then{p}:",
        f"  %height{p} = phi i64 {heights}",
        f"  %j{p}.next = add i64 %j{p}, %height{p}",
        f"  %more{p} = icmp slt i64 %j{p}.next, %count",
        f"  br i1 %more{p}, label %tile{p}, label %done{p}",
        f"done{p}:",
        "  br label %next",
    ]
