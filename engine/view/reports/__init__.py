"""Reports: what there is to say of a program, a task and a run, as values and as lines of text.

The values are what terminal, page, MCP server and notebook share; `plain` makes JSON of them.
"""
