"""What runs inside a sandbox: standard library only, sent over the line at start, so any image with Python 3.9 serves.

`supervisor` speaks frames with the engine and starts one child for each program; `candidate` is what that child does;
`confine` builds the walls around it; `syscalls` is its filter; `packing` moves files.
"""
