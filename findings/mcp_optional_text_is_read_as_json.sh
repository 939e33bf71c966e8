#!/usr/bin/env bash
# mcp 2.3.0: a tool whose parameter is "str | None" refuses a text that is a JSON list or object, and
# gets None for the text "null". A parameter that is "str" takes every text as it is.
#
# The server reads an argument as JSON first where the annotation is not exactly str, and then checks
# what it read against the annotation. A tool with an optional text, say a file's new content or a
# model's reply, works until the text happens to be JSON. Seen with Python 3.11.
# What to do: annotate texts as str, with "" for none.
# Output seen:
#     plain: str 'plain', str | None 'plain'
#     [1, 2]: str '[1, 2]', str | None refused
#     {"a": 1}: str '{"a": 1}', str | None refused
#     null: str 'null', str | None None
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "mcp==2.3.0"
cat > "$place/try.py" <<'PYTHON'
import asyncio
import logging

from mcp.server import MCPServer

logging.disable(logging.CRITICAL)
server = MCPServer("notes")


@server.tool()
def text(content: str) -> str:
    return repr(content)


@server.tool()
def optional(content: str | None = None) -> str:
    return repr(content)


async def called(tool, content):
    try:
        result = await server.call_tool(tool, {"content": content})
    except Exception as error:  # its name and module differ between versions
        return "refused" if "valid string" in str(error) else repr(error)
    return result.content[0].text


async def main():
    for content in ("plain", "[1, 2]", '{"a": 1}', "null"):
        print(f"{content}: str {await called('text', content)}, str | None {await called('optional', content)}")


asyncio.run(main())
PYTHON
found=$("$place/venv/bin/python" "$place/try.py")
echo "$found"
expected="plain: str 'plain', str | None 'plain'
[1, 2]: str '[1, 2]', str | None refused
{\"a\": 1}: str '{\"a\": 1}', str | None refused
null: str 'null', str | None None"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
