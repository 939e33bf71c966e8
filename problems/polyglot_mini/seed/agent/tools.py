"""The tools: read, edit and run in one folder; submit ends the work."""

import shlex
import shutil
import subprocess

MOST = 6_000  # characters that the model is told of a result
RUN_S = 20.0


def tool(name, about, **properties):
    """Return a tool as the model is told of it."""
    fields = {key: {"type": "string", "description": text} for key, text in properties.items()}
    wanted = {"type": "object", "properties": fields, "required": list(fields)}
    return {
        "type": "function",
        "function": {"name": name, "description": about, "parameters": wanted},
    }


TOOLS = [
    tool("read", "Return a file's text.", path="the file"),
    tool(
        "edit",
        "Replace a text that is in a file once, or with an empty `old` the whole file.",
        path="the file",
        old="what is there now",
        new="what is to be there",
    ),
    tool("run", "Run a command line in the folder.", command="the command line"),
    tool("submit", "End the work: the file is as it should be."),
]


class Workspace:
    """A folder that the tools work in."""

    def __init__(self, folder):
        self.folder = folder.resolve()

    def use(self, name, given):
        """Use a tool; what goes wrong is its result."""
        try:
            if name == "read":
                return cut(self.place(given["path"]).read_text(errors="replace"))
            if name == "edit":
                return self.edit(self.place(given["path"]), given["old"], given["new"])
            if name == "run":
                return self.run(given["command"])
            return f"there is no tool {name!r}"
        except KeyError as error:
            return f"{name}: {error.args[0]} is missing"
        except (OSError, TypeError, ValueError) as error:
            return f"{name}: {error}"

    def place(self, path):
        """Return a path in the folder; raises ValueError for one outside."""
        found = (self.folder / path).resolve()
        if not found.is_relative_to(self.folder):
            raise ValueError(f"{path}: outside the folder")
        return found

    def edit(self, path, old, new):
        before = path.read_text() if path.is_file() else ""
        if old and before.count(old) != 1:
            return f"edit: `old` is there {before.count(old)} times; it must be there once"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(before.replace(old, new) if old else new)
        return "written"

    def run(self, command):
        words = ["sh", "-c", command] if shutil.which("sh") else shlex.split(command)
        try:
            done = subprocess.run(
                words, cwd=self.folder, capture_output=True, text=True, errors="replace",
                timeout=RUN_S, stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"run: took more than {RUN_S:g} s"
        return cut(f"{done.stdout}{done.stderr}\nexit status {done.returncode}")


def cut(text):
    """Return a text, its middle left out where it is long."""
    half = MOST // 2
    return text if len(text) <= MOST else f"{text[:half]}\n...\n{text[-half:]}"
