"""The register tile as one LLVM module: rows are walked in blocks, B in panels of columns, all of it read from a table.

B's panel is outside and the rows inside, so that a panel stays in the cache while the rows pass over it.
"""

from collections.abc import Iterable

from chainrule.program.loops.cells import table_values, value_loads, value_stores
from chainrule.program.loops.tile_block import LLVM_TYPES, LOOP_NODES, PARAMETERS, SIZES, Block, block_text
from chainrule.program.loops.tile_columns import columns_text
from chainrule.program.loops.tile_panels import ROWS_AT_ONCE, panels

_STRIDES = frozenset(f"{loop}{axis}" for loop in ("a", "c", "ka", "kb", "ua", "ub", "uc") for axis in range(3))

# A panel of B deeper than this would fall out of the cache before the next rows come: it is taken in pieces, each
# continuing the chains that the one before left in C. With an epilogue it is not; weight gradients, the deep ones, have
# none.
DEPTH, PIECE, FEW_ROWS = 2048, 256, 28

_ROWS = """
define internal void @addresses(ptr %base, i64 %stride0, i64 %stride1, i64 %stride2, i64 %m1, i64 %m2, i64 %first,
                                i64 %count, ptr %out) noinline nounwind {{
entry:
  %q2.first = urem i64 %first, %m2
  %q01 = udiv i64 %first, %m2
  %q1.first = urem i64 %q01, %m1
  %q0.first = udiv i64 %q01, %m1
  br label %run
run:  ; rows with the same q0 and q1
  %q2 = phi i64 [ %q2.first, %entry ], [ 0, %step ]
  %q1 = phi i64 [ %q1.first, %entry ], [ %q1.next, %step ]
  %q0 = phi i64 [ %q0.first, %entry ], [ %q0.next, %step ]
  %done = phi i64 [ 0, %entry ], [ %done.next, %step ]
  %in.run = sub i64 %m2, %q2
  %left = sub i64 %count, %done
  %length = call i64 @llvm.smin.i64(i64 %in.run, i64 %left)
  %at0 = mul i64 %q0, %stride0
  %at1 = mul i64 %q1, %stride1
  %at2 = mul i64 %q2, %stride2
  %at01 = add i64 %at0, %at1
  %at = add i64 %at01, %at2
  %from = getelementptr i8, ptr %base, i64 %at
  %to = getelementptr ptr, ptr %out, i64 %done
  br label %row
row:
  %i = phi i64 [ 0, %run ], [ %i.next, %row ]
  %ahead = mul i64 %i, %stride2
  %address = getelementptr i8, ptr %from, i64 %ahead
  %place = getelementptr ptr, ptr %to, i64 %i
  store ptr %address, ptr %place
  %i.next = add i64 %i, 1
  %more = icmp slt i64 %i.next, %length
  br i1 %more, label %row, label %step
step:
  %done.next = add i64 %done, %length
  %q1.up = add i64 %q1, 1
  %wraps = icmp eq i64 %q1.up, %m1
  %q1.next = select i1 %wraps, i64 0, i64 %q1.up
  %carry = zext i1 %wraps to i64
  %q0.next = add i64 %q0, %carry
  %again = icmp slt i64 %done.next, %count
  br i1 %again, label %run, label %last
last:  ; a block that is not full works on its last row again, and does not store it
  %end = getelementptr ptr, ptr %out, i64 %count
  %final.at = getelementptr ptr, ptr %end, i64 -1
  %final = load ptr, ptr %final.at
  br label %repeat
repeat:
  %j = phi i64 [ 0, %last ], [ %j.next, %repeat ]
  %spare = getelementptr ptr, ptr %end, i64 %j
  store ptr %final, ptr %spare
  %j.next = add i64 %j, 1
  %enough = icmp eq i64 %j.next, {most}
  br i1 %enough, label %out.now, label %repeat
out.now:
  ret void
}}

define internal void @rows(ptr %values, ptr %a, ptr %b, ptr %c, i64 %start, i64 %stop) noinline nounwind {{
entry:
  %a.rows = alloca [{room} x ptr], align 64
  %c.rows = alloca [{room} x ptr], align 64
{loads}
  %some = icmp slt i64 %start, %stop
  br i1 %some, label %block, label %out
block:
  %first = phi i64 [ %start, %entry ], [ %first.next, %after ]
  %left = sub i64 %stop, %first
  %count = call i64 @llvm.smin.i64(i64 %left, i64 {at_once})
  call void @addresses(ptr %a, i64 %a0, i64 %a1, i64 %a2, i64 %m1, i64 %m2, i64 %first, i64 %count, ptr %a.rows)
  call void @addresses(ptr %c, i64 %c0, i64 %c1, i64 %c2, i64 %m1, i64 %m2, i64 %first, i64 %count, ptr %c.rows)
  %over = urem i64 %count, {tall}
  %few = icmp sle i64 %over, {thin}
  %wide = icmp sge i64 %N, {thin_least}
  %apart = and i1 %few, %wide
  %rest = select i1 %apart, i64 %over, i64 0
  %main = sub i64 %count, %rest
  call void @columns(ptr %values, ptr %a.rows, ptr %c.rows, i64 %main, ptr %b)
  %a.rest = getelementptr ptr, ptr %a.rows, i64 %main
  %c.rest = getelementptr ptr, ptr %c.rows, i64 %main
  call void @columns(ptr %values, ptr %a.rest, ptr %c.rest, i64 %rest, ptr %b)
  br label %after
after:
  %first.next = add i64 %first, {at_once}
  %again = icmp slt i64 %first.next, %stop
  br i1 %again, label %block, label %out
out:
  ret void
}}
"""

_PIECES = """
define internal void @pieces(ptr %values, ptr %a, ptr %b, ptr %c, i64 %start, i64 %stop) noinline nounwind {{
entry:
{loads}
  %flat.0 = icmp eq i64 %k0, 1
  %flat.1 = icmp eq i64 %k1, 1
  %flat = and i1 %flat.0, %flat.1
  %outer = select i1 %flat, i64 %k2, i64 %k0
  %outer.at = select i1 %flat, ptr %k2.at, ptr %k0.at
  %inside = mul i64 %k1, %k2
  %under = select i1 %flat, i64 1, i64 %inside
  %divisor = call i64 @llvm.smax.i64(i64 %under, i64 1)
  %fitting = udiv i64 {piece}, %divisor
  %each = call i64 @llvm.smax.i64(i64 %fitting, i64 1)
  %a.step = select i1 %flat, i64 %ka2, i64 %ka0
  %b.step = select i1 %flat, i64 %kb2, i64 %kb0
  %k = mul i64 %under, %outer
  %deep = icmp sgt i64 %k, {depth}
  %rows = sub i64 %stop, %start
  %again = icmp sgt i64 %rows, {few}
  %split = and i1 %deep, %again
  br i1 %split, label %piece, label %whole
whole:
  call void @rows(ptr %values, ptr %a, ptr %b, ptr %c, i64 %start, i64 %stop)
  ret void
piece:
  %done = phi i64 [ 0, %entry ], [ %done.next, %piece ]
  %left = sub i64 %outer, %done
  %count = call i64 @llvm.smin.i64(i64 %left, i64 %each)
  store i64 %count, ptr %outer.at
  %a.move = mul i64 %done, %a.step
  %b.move = mul i64 %done, %b.step
  %a.piece = getelementptr i8, ptr %a, i64 %a.move
  %b.piece = getelementptr i8, ptr %b, i64 %b.move
  call void @rows(ptr %values, ptr %a.piece, ptr %b.piece, ptr %c, i64 %start, i64 %stop)
  store i64 1, ptr %accumulate.at
  %done.next = add i64 %done, %each
  %more = icmp slt i64 %done.next, %outer
  br i1 %more, label %piece, label %restore
restore:
  store i64 %outer, ptr %outer.at
  store i64 %accumulate, ptr %accumulate.at
  ret void
}}

declare i64 @llvm.smax.i64(i64, i64)
"""

_ENTRY = """
define void @{symbol}(ptr %table, i64 %start, i64 %stop, i64 %t) nounwind {{
entry:
  %values = alloca [{count} x i64], align 64
{evaluation}
  %a = inttoptr i64 %A to ptr
  %b = inttoptr i64 %B to ptr
  %c = inttoptr i64 %C to ptr
  %units = icmp ne i64 %batched, 0
  br i1 %units, label %some, label %plain
plain:
  call void @{work}(ptr %values, ptr %a, ptr %b, ptr %c, i64 %start, i64 %stop)
  ret void
some:
  %any = icmp slt i64 %start, %stop
  br i1 %any, label %unit, label %out
unit:
  %u = phi i64 [ %start, %some ], [ %u.next, %unit ]
  %u2 = urem i64 %u, %s2
  %u01 = udiv i64 %u, %s2
  %u1 = urem i64 %u01, %s1
  %u0 = udiv i64 %u01, %s1
{moves}
  call void @{work}(ptr %values, ptr %a.unit, ptr %b.unit, ptr %c.unit, i64 0, i64 %M)
  %u.next = add i64 %u, 1
  %again = icmp slt i64 %u.next, %stop
  br i1 %again, label %unit, label %out
out:
  ret void
}}
"""


def tile_text(symbol: str, dtype: str, epilogue: str, nbytes: int, n: int | None = None) -> str:
    """LLVM IR of `void tile(int64* table, int64 start, int64 stop, int64 t)`.

    Args:
        symbol: its name.
        dtype: `"float32"` or `"float64"`.
        epilogue: one of `EPILOGUES`.
        nbytes: of a vector register: 64, 32 or 16.
        n: the columns it will be given; None for any number.
    """
    choice = panels(dtype, nbytes, n)
    blocks = dict.fromkeys(block for panel in choice for block in panel.blocks)
    thin = next((panel for panel in choice if panel.most_rows), None)
    rows = _ROWS.format(
        most=max(block.rows for block in blocks),
        room=ROWS_AT_ONCE[nbytes] + max(block.rows for block in blocks),
        at_once=ROWS_AT_ONCE[nbytes],
        tall=next(panel for panel in choice if not panel.most_rows).blocks[0].rows,
        thin=thin.most_rows if thin else 0,
        thin_least=thin.least if thin else 0,
        loads=value_loads(PARAMETERS, "N", "m1", "m2", "a0", "a1", "a2", "c0", "c1", "c2"),
    )
    if epilogue == "none":
        names = ("accumulate", "k0", "k1", "k2", "ka0", "ka2", "kb0", "kb2")
        rows += _PIECES.format(loads=value_loads(PARAMETERS, *names), depth=DEPTH, piece=PIECE, few=FEW_ROWS)
    parts = [block_text(block, dtype, epilogue) for block in blocks]
    parts += [columns_text(choice, SIZES[dtype]), rows, _entry(symbol, dtype, epilogue), _declarations(blocks, dtype)]
    return "".join(parts) + LOOP_NODES


def _declarations(blocks: Iterable[Block], dtype: str) -> str:
    """What the blocks call of LLVM, each once."""
    scalar = LLVM_TYPES[dtype]
    lines: dict[str, None] = {
        "declare i64 @llvm.smin.i64(i64, i64)": None, "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)": None,
    }
    bits = 8 * SIZES[dtype]
    for lanes, masked in dict.fromkeys((block.lanes, block.masked) for block in blocks):
        vector = f"<{lanes} x {scalar}>" if lanes > 1 else scalar
        suffix = f"v{lanes}f{bits}" if lanes > 1 else f"f{bits}"
        lines[f"declare {vector} @llvm.fma.{suffix}({vector}, {vector}, {vector})"] = None
        if masked:
            lines[f"declare {vector} @llvm.masked.load.{suffix}.p0(ptr, <{lanes} x i1>, {vector})"] = None
            lines[f"declare void @llvm.masked.store.{suffix}.p0({vector}, ptr, <{lanes} x i1>)"] = None
    return "\n".join(lines) + "\n"


def _entry(symbol: str, dtype: str, epilogue: str) -> str:
    """The parameters read for step t, strides in bytes; then rows, or the rows of each unit."""
    names = PARAMETERS if epilogue != "none" else PARAMETERS[:-1]
    evaluation = table_values(names, dict.fromkeys(_STRIDES, SIZES[dtype])) + "\n" + value_stores(names)
    moves: list[str] = []
    for operand in "abc":
        moves += [f"  %{operand}.move{axis} = mul i64 %u{axis}, %u{operand}{axis}" for axis in range(3)]
        moves += [
            f"  %{operand}.move01 = add i64 %{operand}.move0, %{operand}.move1",
            f"  %{operand}.move = add i64 %{operand}.move01, %{operand}.move2",
            f"  %{operand}.unit = getelementptr i8, ptr %{operand}, i64 %{operand}.move",
        ]
    work = "rows" if epilogue != "none" else "pieces"
    return _ENTRY.format(
        symbol=symbol, count=len(PARAMETERS), work=work, evaluation=evaluation, moves="\n".join(moves)
    )
