"""The compiled loop that runs a schedule, and how its tasks are claimed. LLVM IR; `helper.py` has the other end.

Everything it reads is rows of 64-bit cells, prepared by `runtime.py`:

    schedule  first segment, end, pool or 0     segment  t0, t1, first group, end, first stage or 0, end
    stage     number of tasks, first task       task     first group, end
    group     first call, end, count            call     function, table, start, stop

A group runs its calls in order: once with the schedule's step where `count` is -1, else `count` times with 0, 1, 2 ...
A segment has all its groups in one row as well: so it runs where nobody helps, without any atomic instruction.

Claiming. One word holds `tasks << 32 | high << 16 | low`: how many tasks were claimed from either end. The leader
writes stage and step, then the word with `low` 1 (the first task is its own). Whoever sees `low + high < tasks` adds
1 at its own end - the leader `low`, helpers `high` - and looks at what the addition *returns*, which is one undivided
state of the word: where it still says `low + high < tasks`, that task from its end is its own, and nobody else's. So
of two threads each does about the same tasks in every step, and finds their memory in its cache.

The stage cannot end, nor its cells change, before the one who holds the ticket has added to `done`: it
reads them safely. A thread that slept between looking and adding adds to a later stage: to an open one, then it has
claimed a task of it by the same rule; or to a used-up one, then its ticket is too high and it goes away. No number of
a phase is needed, since nothing is compared with what was seen earlier, and 32 bits cannot overflow: a thread adds at
most once to a stage that is used up, because its next look shows it.
"""

import functools
import platform

SPINS = 2_000  # pauses before a thread that waits lets others run: 45 µs here
WITH_STEP = -1  # count of a group that runs once, with the schedule's step

# Cells of the pool. The first line of memory is what the leader writes and helpers watch; `done` goes the other way.
WORD, TASKS, STEP, WANTED, DONE, YIELD, CLOCK, CELLS = 0, 1, 2, 3, 16, 32, 33, 34

_PAUSES = {
    "x86": ("declare void @llvm.x86.sse2.pause()", "call void @llvm.x86.sse2.pause()"),
    "arm": ("declare void @llvm.aarch64.hint(i32)", "call void @llvm.aarch64.hint(i32 1)"),
}
_MACHINES = {"x86_64": "x86", "amd64": "x86", "i686": "x86", "aarch64": "arm", "arm64": "arm"}

_PAUSE = """
{declaration}

define internal i64 @rest(i64 %polls, ptr %pool) alwaysinline {{  ; a moment's rest; counts how many there were
  %short = icmp ult i64 %polls, {spins}
  br i1 %short, label %spin, label %sleep
spin:
  {instruction}
  br label %out
sleep:
  %at = getelementptr i64, ptr %pool, i64 {YIELD}
  %yield = load ptr, ptr %at
  %ignored = call i32 %yield()
  br label %out
out:
  %more = add i64 %polls, 1
  ret i64 %more
}}
"""

TASK = """
define internal void @calls(ptr %first, ptr %end, i64 %t) alwaysinline {
entry:
  br label %head
head:
  %call = phi ptr [ %first, %entry ], [ %next, %body ]
  %over = icmp eq ptr %call, %end
  br i1 %over, label %out, label %body
body:
  %table.at = getelementptr i64, ptr %call, i64 1
  %start.at = getelementptr i64, ptr %call, i64 2
  %stop.at = getelementptr i64, ptr %call, i64 3
  %function = load ptr, ptr %call
  %table = load ptr, ptr %table.at
  %start = load i64, ptr %start.at
  %stop = load i64, ptr %stop.at
  call void %function(ptr %table, i64 %start, i64 %stop, i64 %t)
  %next = getelementptr i64, ptr %call, i64 4
  br label %head
out:
  ret void
}

define internal void @groups(ptr %first, ptr %end, i64 %t) alwaysinline {
entry:
  br label %head
head:
  %group = phi ptr [ %first, %entry ], [ %next, %tail ]
  %over = icmp eq ptr %group, %end
  br i1 %over, label %out, label %body
body:
  %last.at = getelementptr i64, ptr %group, i64 1
  %count.at = getelementptr i64, ptr %group, i64 2
  %calls = load ptr, ptr %group
  %last = load ptr, ptr %last.at
  %count = load i64, ptr %count.at
  %once = icmp slt i64 %count, 0
  br i1 %once, label %single, label %loop
single:
  call void @calls(ptr %calls, ptr %last, i64 %t)
  br label %tail
loop:
  %s = phi i64 [ 0, %body ], [ %s.next, %turn ]
  %all = icmp eq i64 %s, %count
  br i1 %all, label %tail, label %turn
turn:
  call void @calls(ptr %calls, ptr %last, i64 %s)
  %s.next = add i64 %s, 1
  br label %loop
tail:
  %next = getelementptr i64, ptr %group, i64 3
  br label %head
out:
  ret void
}

define internal void @task(ptr %tasks, i64 %number, i64 %t) noinline {
  %cell = mul i64 %number, 2
  %row = getelementptr i64, ptr %tasks, i64 %cell
  %end.at = getelementptr i64, ptr %row, i64 1
  %first = load ptr, ptr %row
  %end = load ptr, ptr %end.at
  call void @groups(ptr %first, ptr %end, i64 %t)
  ret void
}

define internal i1 @open(i64 %word) alwaysinline {
  %tasks = lshr i64 %word, 32
  %low = and i64 %word, 65535
  %shifted = lshr i64 %word, 16
  %high = and i64 %shifted, 65535
  %claimed = add i64 %low, %high
  %open = icmp ult i64 %claimed, %tasks
  ret i1 %open
}
"""

_LEADER = """
define internal void @share(ptr %pool, ptr %tasks, i64 %count, i64 %t) alwaysinline {{  ; one stage, with the helpers
entry:
  %tasks.at = getelementptr i64, ptr %pool, i64 {TASKS}
  %step.at = getelementptr i64, ptr %pool, i64 {STEP}
  %done.at = getelementptr i64, ptr %pool, i64 {DONE}
  store ptr %tasks, ptr %tasks.at
  store i64 %t, ptr %step.at
  store atomic i64 0, ptr %done.at monotonic, align 8
  %high = shl i64 %count, 32
  %fresh = or i64 %high, 1
  store atomic i64 %fresh, ptr %pool release, align 8
  br label %run
run:
  %number = phi i64 [ 0, %entry ], [ %ticket, %claim ]
  %own = phi i64 [ 0, %entry ], [ %own.next, %claim ]
  call void @task(ptr %tasks, i64 %number, i64 %t)
  %own.next = add i64 %own, 1
  %word = load atomic i64, ptr %pool monotonic, align 8
  %is.open = call i1 @open(i64 %word)
  br i1 %is.open, label %claim, label %wait
claim:
  %old = atomicrmw add ptr %pool, i64 1 monotonic, align 8
  %ticket = and i64 %old, 65535
  %mine = call i1 @open(i64 %old)
  br i1 %mine, label %run, label %wait
wait:
  %polls = phi i64 [ 0, %run ], [ 0, %claim ], [ %polls.next, %again ]
  %done = load atomic i64, ptr %done.at acquire, align 8
  %sum = add i64 %done, %own.next
  %all = icmp eq i64 %sum, %count
  br i1 %all, label %out, label %again
again:
  %polls.next = call i64 @rest(i64 %polls, ptr %pool)
  br label %wait
out:
  ret void
}}

define internal void @alone(i64 %t0, i64 %t1, ptr %first, ptr %end) alwaysinline {{
entry:
  br label %head
head:
  %t = phi i64 [ %t0, %entry ], [ %t.next, %body ]
  %over = icmp eq i64 %t, %t1
  br i1 %over, label %out, label %body
body:
  call void @groups(ptr %first, ptr %end, i64 %t)
  %t.next = add i64 %t, 1
  br label %head
out:
  ret void
}}

define internal void @together(i64 %t0, i64 %t1, ptr %first, ptr %end, ptr %pool) alwaysinline {{
entry:
  br label %head
head:
  %t = phi i64 [ %t0, %entry ], [ %t.next, %tail ]
  %over = icmp eq i64 %t, %t1
  br i1 %over, label %out, label %stages
stages:
  %stage = phi ptr [ %first, %head ], [ %next, %turn ]
  %last = icmp eq ptr %stage, %end
  br i1 %last, label %tail, label %body
body:
  %tasks.at = getelementptr i64, ptr %stage, i64 1
  %count = load i64, ptr %stage
  %tasks = load ptr, ptr %tasks.at
  %single = icmp eq i64 %count, 1
  br i1 %single, label %mine, label %ours
mine:
  call void @task(ptr %tasks, i64 0, i64 %t)
  br label %turn
ours:
  call void @share(ptr %pool, ptr %tasks, i64 %count, i64 %t)
  br label %turn
turn:
  %next = getelementptr i64, ptr %stage, i64 2
  br label %stages
tail:
  %t.next = add i64 %t, 1
  br label %head
out:
  ret void
}}

define void @{symbol}(ptr %schedule) {{
entry:
  %end.at = getelementptr i64, ptr %schedule, i64 1
  %pool.at = getelementptr i64, ptr %schedule, i64 2
  %begin = load ptr, ptr %schedule
  %end = load ptr, ptr %end.at
  %pool = load ptr, ptr %pool.at
  %nobody = icmp eq ptr %pool, null
  br label %head
head:
  %segment = phi ptr [ %begin, %entry ], [ %next, %tail ]
  %over = icmp eq ptr %segment, %end
  br i1 %over, label %out, label %body
body:
  %t1.at = getelementptr i64, ptr %segment, i64 1
  %group.at = getelementptr i64, ptr %segment, i64 2
  %group.end.at = getelementptr i64, ptr %segment, i64 3
  %stage.at = getelementptr i64, ptr %segment, i64 4
  %stage.end.at = getelementptr i64, ptr %segment, i64 5
  %t0 = load i64, ptr %segment
  %t1 = load i64, ptr %t1.at
  %stage = load ptr, ptr %stage.at
  %serial = icmp eq ptr %stage, null
  %by.itself = or i1 %nobody, %serial
  br i1 %by.itself, label %lonely, label %joint
lonely:
  %group = load ptr, ptr %group.at
  %group.end = load ptr, ptr %group.end.at
  call void @alone(i64 %t0, i64 %t1, ptr %group, ptr %group.end)
  br label %tail
joint:
  %stage.end = load ptr, ptr %stage.end.at
  call void @together(i64 %t0, i64 %t1, ptr %stage, ptr %stage.end, ptr %pool)
  br label %tail
tail:
  %next = getelementptr i64, ptr %segment, i64 6
  br label %head
out:
  ret void
}}
"""

def pause_text() -> str:
    """LLVM IR of `rest`: a pause of the processor at first, then the system's `sched_yield`."""
    kind = _MACHINES.get(platform.machine().lower(), "other")
    declaration, instruction = _PAUSES.get(kind, ("", ""))
    return _PAUSE.format(declaration=declaration, instruction=instruction, spins=SPINS, YIELD=YIELD)


def leader_text(symbol: str) -> str:
    """LLVM IR of `void leader(schedule*)`."""
    return pause_text() + TASK + _LEADER.format(symbol=symbol, TASKS=TASKS, STEP=STEP, DONE=DONE)


@functools.cache
def leader() -> int:
    """Address of the compiled `leader`."""
    from chainrule.program.loops import objects

    return objects.compile_object("leader", leader_text("leader"))
