"""The compiled loop of a helper: it watches the pool's word and takes tasks from the leader's stages. LLVM IR.

How tasks are claimed, and why no task runs twice, is said in `leader.py`.
"""

import functools

from chainrule.program.loops.leader import CLOCK, DONE, SPINS, STEP, TASK, TASKS, WANTED, pause_text

PATIENCE = 200_000  # nanoseconds in which no run wanted it, after which a helper goes to sleep

_HELPER = """
define internal i64 @now(ptr %pool) alwaysinline {{
  %time = alloca [2 x i64]
  store [2 x i64] zeroinitializer, ptr %time
  %clock.at = getelementptr i64, ptr %pool, i64 {CLOCK}
  %clock = load ptr, ptr %clock.at
  %ignored = call i32 %clock(ptr %time, i32 1)
  %seconds = load i64, ptr %time
  %rest.at = getelementptr i64, ptr %time, i64 1
  %rest = load i32, ptr %rest.at  ; 32 bits: all that counts, and all there is on Windows
  %rest.64 = zext i32 %rest to i64
  %scaled = mul i64 %seconds, 1000000000
  %sum = add i64 %scaled, %rest.64
  ret i64 %sum
}}

define void @{symbol}(ptr %pool, i64 %index) {{
entry:
  %tasks.at = getelementptr i64, ptr %pool, i64 {TASKS}
  %step.at = getelementptr i64, ptr %pool, i64 {STEP}
  %wanted.at = getelementptr i64, ptr %pool, i64 {WANTED}
  %done.at = getelementptr i64, ptr %pool, i64 {DONE}
  br label %watch
watch:
  %polls = phi i64 [ 0, %entry ], [ 0, %work ], [ %polls, %claim ], [ %polls.next, %idle ], [ %polls.next, %unwanted ]
  %since = phi i64 [ 0, %entry ], [ 0, %work ], [ %since, %claim ], [ 0, %idle ], [ %since.next, %unwanted ]
  %wanted = load atomic i64, ptr %wanted.at monotonic, align 8
  %closed = icmp slt i64 %wanted, 0
  br i1 %closed, label %out, label %look
look:
  %welcome = icmp slt i64 %index, %wanted
  %word = load atomic i64, ptr %pool monotonic, align 8
  %is.open = call i1 @open(i64 %word)
  %go = and i1 %welcome, %is.open
  br i1 %go, label %claim, label %none
claim:
  %old = atomicrmw add ptr %pool, i64 65536 acquire, align 8
  %mine = call i1 @open(i64 %old)
  br i1 %mine, label %work, label %watch
work:
  %count = lshr i64 %old, 32
  %shifted = lshr i64 %old, 16
  %high = and i64 %shifted, 65535
  %left = sub i64 %count, %high
  %ticket = sub i64 %left, 1
  %tasks = load ptr, ptr %tasks.at
  %t = load i64, ptr %step.at
  call void @task(ptr %tasks, i64 %ticket, i64 %t)
  %before = atomicrmw add ptr %done.at, i64 1 release, align 8
  br label %watch
none:
  %polls.next = call i64 @rest(i64 %polls, ptr %pool)
  %brief = icmp ult i64 %polls, {spins}
  %stay = or i1 %welcome, %brief
  br i1 %stay, label %idle, label %tired
idle:
  br label %watch
tired:  ; no run wants it: from here on the clock counts
  %now = call i64 @now(ptr %pool)
  %first = icmp eq i64 %since, 0
  %since.next = select i1 %first, i64 %now, i64 %since
  %waited = sub i64 %now, %since.next
  %enough = icmp ugt i64 %waited, {patience}  ; unsigned: a clock set back ends it too
  br i1 %enough, label %out, label %unwanted
unwanted:
  br label %watch
out:
  ret void
}}
"""


def helper_text(symbol: str) -> str:
    """LLVM IR of `void helper(pool*, index)`: works until nobody wants it for a while, or the pool closes."""
    cells = dict(TASKS=TASKS, STEP=STEP, WANTED=WANTED, DONE=DONE, CLOCK=CLOCK)
    return pause_text() + TASK + _HELPER.format(symbol=symbol, spins=SPINS, patience=PATIENCE, **cells)


@functools.cache
def helper() -> int:
    """Address of the compiled `helper`."""
    from chainrule.program.loops import objects

    return objects.compile_object("helper", helper_text("helper"))
