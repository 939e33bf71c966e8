"""What runs inside a sandbox: standard library only, sent over the line at start, so any image with
Python 3.9 serves.

`supervisor` takes jobs over its `line` to the engine and forks a `child` for each; `confine` and
`syscalls` are the walls around it, `candidate` is what it does: a `program` called as a function or
as a `command`. `watch` guards its limits, `clock`, `waits`, `memory` (with `unmapped`) and `group`
count, `ending` tells of an end, `answer` reads what it says into a `result`; `processes` and
`folders` are what it may leave behind.
"""
