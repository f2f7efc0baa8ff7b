"""A transposing copy as LLVM IR: squares of numbers are turned in registers, and whole cache lines written.

A square of L x L is turned in log2(L) rounds; in the round of b, rows i and i + b exchange their off-diagonal pieces
of b numbers (Eklundh 1972). Strips of columns are outside, so that the copy is written from left to right: with rows
outside, 512 x 512 numbers took three times as long, their lines falling into few sets of the cache.
"""

from chainrule.program.loops.cells import table_values
from chainrule.program.loops.tile_block import LLVM_TYPES, SIZES

LINE = 64  # bytes of a cache line

_MAIN = """
define void @{symbol}(ptr %table, i64 %start, i64 %stop, i64 %t) nounwind {{
entry:
{evaluation}
  %some = icmp slt i64 %start, %stop
  %any = icmp sgt i64 %columns, 0
  %go = and i1 %some, %any
  br i1 %go, label %column, label %out
column:
  %c = phi i64 [ 0, %entry ], [ %c.next, %right ]
  br label %row
row:
  %r = phi i64 [ %start, %column ], [ %r.next, %down ]
  %rows.left = sub i64 %stop, %r
  %whole.rows = icmp sge i64 %rows.left, {tall}
  %rows.now = call i64 @llvm.smin.i64(i64 %rows.left, i64 {tall})
  %source.at = mul i64 %r, %source.stride
  %source.row = add i64 %source, %source.at
  %target.at = mul i64 %r, {size}
  %target.row = add i64 %target, %target.at
  %columns.left = sub i64 %columns, %c
  %whole.columns = icmp sge i64 %columns.left, {lanes}
  %columns.now = call i64 @llvm.smin.i64(i64 %columns.left, i64 {lanes})
  %along = mul i64 %c, {size}
  %from.at = add i64 %source.row, %along
  %from = inttoptr i64 %from.at to ptr
  %below = mul i64 %c, %target.stride
  %to.at = add i64 %target.row, %below
  %to = inttoptr i64 %to.at to ptr
  %whole = and i1 %whole.rows, %whole.columns
  br i1 %whole, label %full, label %part
full:
  call void @square(ptr %from, ptr %to, i64 %source.stride, i64 %target.stride, i64 %rows.now, i64 %columns.now)
  br label %down
part:
  call void @edge(ptr %from, ptr %to, i64 %source.stride, i64 %target.stride, i64 %rows.now, i64 %columns.now)
  br label %down
down:
  %r.next = add i64 %r, {tall}
  %taller = icmp slt i64 %r.next, %stop
  br i1 %taller, label %row, label %right
right:
  %c.next = add i64 %c, {lanes}
  %wider = icmp slt i64 %c.next, %columns
  br i1 %wider, label %column, label %out
out:
  ret void
}}

declare i64 @llvm.smin.i64(i64, i64)
"""

_SINGLE = """
define internal void @edge(ptr %from, ptr %to, i64 %from.stride, i64 %to.stride, i64 %rows, i64 %columns) nounwind {{
entry:
  br label %row
row:
  %r = phi i64 [ 0, %entry ], [ %r.next, %down ]
  %from.at = mul i64 %r, %from.stride
  %from.row = getelementptr i8, ptr %from, i64 %from.at
  %to.column = getelementptr {scalar}, ptr %to, i64 %r
  br label %column
column:
  %c = phi i64 [ 0, %row ], [ %c.next, %column ]
  %place = getelementptr {scalar}, ptr %from.row, i64 %c
  %value = load {scalar}, ptr %place
  %to.at = mul i64 %c, %to.stride
  %there = getelementptr i8, ptr %to.column, i64 %to.at
  store {scalar} %value, ptr %there
  %c.next = add i64 %c, 1
  %wider = icmp slt i64 %c.next, %columns
  br i1 %wider, label %column, label %down, !llvm.loop !0
down:
  %r.next = add i64 %r, 1
  %taller = icmp slt i64 %r.next, %rows
  br i1 %taller, label %row, label %out
out:
  ret void
}}

!0 = distinct !{{!0, !1, !2}}
!1 = !{{!"llvm.loop.unroll.disable"}}
!2 = !{{!"llvm.loop.vectorize.enable", i1 false}}
"""

# What a transpose reads from its table, in order.
PARAMETERS = ("source", "target", "rows", "columns", "source.stride", "target.stride")


class _Square:
    """Writes the function that turns a few squares, one below the other."""

    def __init__(self, name: str, dtype: str, nbytes: int, masked: bool) -> None:
        self.name, self.masked = name, masked
        self.scalar, self.size = LLVM_TYPES[dtype], SIZES[dtype]
        self.lanes, self.tall = nbytes // self.size, LINE // self.size
        self.vector = f"<{self.lanes} x {self.scalar}>"
        self.bits = f"<{self.lanes} x i1>"
        self.suffix = f"v{self.lanes}f{8 * self.size}.p0"
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def mask(self, name: str, count: str) -> None:
        numbers = f"<{self.lanes} x i32>"
        self.line(f"%{name}.32 = trunc i64 {count} to i32")
        self.line(f"%{name}.one = insertelement {numbers} poison, i32 %{name}.32, i32 0")
        self.line(f"%{name}.all = shufflevector {numbers} %{name}.one, {numbers} poison, {numbers} zeroinitializer")
        places = ", ".join(f"i32 {lane}" for lane in range(self.lanes))
        self.line(f"%{name} = icmp sgt {numbers} %{name}.all, <{places}>")

    def read(self, r: int) -> str:
        """A row of the source; of rows that do not exist, the last one again."""
        row = str(r)
        if self.masked:
            self.line(f"%row{r} = call i64 @llvm.smin.i64(i64 {r}, i64 %last)")
            row = f"%row{r}"
        self.line(f"%from{r}.at = mul i64 %from.stride, {row}")
        self.line(f"%from{r} = getelementptr i8, ptr %from, i64 %from{r}.at")
        if self.masked:
            read = f"@llvm.masked.load.{self.suffix}(ptr align {self.size} %from{r}, {self.bits} %across"
            self.line(f"%in{r} = call {self.vector} {read}, {self.vector} zeroinitializer)")
        else:
            self.line(f"%in{r} = load {self.vector}, ptr %from{r}, align {self.size}")
        return f"%in{r}"

    def turned(self, rows: list[str], square: int) -> list[str]:
        """L vectors of rows as L vectors of columns."""
        step = self.lanes // 2
        while step:
            for i in range(self.lanes):
                if i & step:
                    continue
                upper, lower = rows[i], rows[i + step]
                lanes = range(self.lanes)
                first = [self.lanes + lane - step if lane & step else lane for lane in lanes]
                second = [self.lanes + lane if lane & step else lane + step for lane in lanes]
                for place, order in ((i, first), (i + step, second)):
                    rows[place] = f"%turned{square}.{step}.{place}"
                    picked = ", ".join(f"i32 {lane}" for lane in order)
                    pair = f"{self.vector} {upper}, {self.vector} {lower}"
                    self.line(f"{rows[place]} = shufflevector {pair}, <{self.lanes} x i32> <{picked}>")
            step //= 2
        return rows

    def text(self) -> str:
        if self.masked:
            self.line("%last = sub i64 %rows, 1")
            self.mask("across", "%columns")
            self.mask("down", "%rows")
        squares = range(self.tall // self.lanes)
        columns = [
            self.turned([self.read(square * self.lanes + r) for r in range(self.lanes)], square) for square in squares
        ]
        for c in range(self.lanes):
            self.line(f"%to{c}.at = mul i64 %to.stride, {c}")
            self.line(f"%to{c} = getelementptr i8, ptr %to, i64 %to{c}.at")
            for square in squares:
                self.line(f"%to{c}.{square} = getelementptr {self.vector}, ptr %to{c}, i64 {square}")
                self.store(columns[square][c], f"%to{c}.{square}")
            if self.masked and c + 1 < self.lanes:
                self.line(f"%more{c} = icmp sgt i64 %columns, {c + 1}")
                self.line(f"br i1 %more{c}, label %store{c + 1}, label %out")
                self.lines.append(f"store{c + 1}:")
        if self.masked:
            self.line("br label %out")
            self.lines.append("out:")
        self.line("ret void")
        arguments = "ptr %from, ptr %to, i64 %from.stride, i64 %to.stride, i64 %rows, i64 %columns"
        return "\n".join([f"define internal void @{self.name}({arguments}) nounwind {{", *self.lines, "}", ""])

    def store(self, value: str, at: str) -> None:
        if self.masked:
            write = f"@llvm.masked.store.{self.suffix}({self.vector} {value}, ptr align {self.size} {at}"
            self.line(f"call void {write}, {self.bits} %down)")
        else:
            self.line(f"store {self.vector} {value}, ptr {at}, align {self.size}")

    def declarations(self) -> str:
        read = f"declare {self.vector} @llvm.masked.load.{self.suffix}(ptr, {self.bits}, {self.vector})\n"
        return read + f"declare void @llvm.masked.store.{self.suffix}({self.vector}, ptr, {self.bits})\n"


def transpose_text(symbol: str, dtype: str, nbytes: int) -> str:
    """LLVM IR of `void transpose(int64* table, int64 start, int64 stop, int64 t)`.

    Args:
        symbol: its name.
        dtype: `"float32"` or `"float64"`.
        nbytes: of a vector register: 64, 32 or 16.
    """
    size = SIZES[dtype]
    evaluation = table_values(PARAMETERS, {"source.stride": size, "target.stride": size})
    main = _MAIN.format(
        symbol=symbol, evaluation=evaluation, size=size, tall=LINE // size, lanes=nbytes // size
    )
    square = _Square("square", dtype, nbytes, masked=False).text()
    if nbytes == LINE:
        edge = _Square("edge", dtype, nbytes, masked=True)
        return square + edge.text() + edge.declarations() + main
    return square + main + _SINGLE.format(scalar=LLVM_TYPES[dtype])
