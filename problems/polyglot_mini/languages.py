"""Languages: the file of a solution, the tools it takes, and how it is built and run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    file: str
    tools: tuple[str, ...]
    command: tuple[str, ...]
    build: tuple[str, ...] = ()


GO = 'HOME="$TMPDIR" GOCACHE="$TMPDIR/go" GO111MODULE=off go build -o solve solve.go'
LANGUAGES = {
    "python": Language("solve.py", ("python3",), ("python3", "solve.py")),
    "cpp": Language("solve.cpp", ("g++",), ("./solve",),
                    ("g++", "-O1", "-std=c++17", "-o", "solve", "solve.cpp")),
    "rust": Language("solve.rs", ("rustc",), ("./solve",),
                     ("rustc", "--edition=2021", "-o", "solve", "solve.rs")),
    "javascript": Language("solve.js", ("node",), ("node", "solve.js")),
    "go": Language("solve.go", ("go",), ("./solve",), ("sh", "-c", GO)),
    "shell": Language("solve.sh", ("sh", "awk", "sort"), ("sh", "solve.sh")),
}  # fmt: skip
