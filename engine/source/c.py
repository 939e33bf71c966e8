"""How large a C or C++ text is, counted in tokens; see `cladogen.source.size`."""

from __future__ import annotations

import re

from cladogen.source.size import check_length, more_letters, words

# What is never closed goes on to the end, so that no text is looked through twice.
_C_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<literal>(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?(?:\)(?P=mark)"|\Z)
        |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\.?\d(?:[eEpP][-+]|'?[\w.])*)
    |(?P<name>\w+)|(?P<hash>\#|%:|\?\?=)|[^\w\s]""",
    re.DOTALL | re.VERBOSE,
)
C_HEADERS = frozenset(
    """
    algorithm array bit bitset cassert cctype cfenv cfloat chrono climits cmath complex concepts
    cstddef cstdint cstdio cstdlib cstring deque execution functional immintrin.h
    initializer_list iomanip iostream iterator limits list map memory new numbers numeric
    optional queue random ranges ratio set span sstream stack stdexcept string string_view tuple
    type_traits unordered_map unordered_set utility valarray variant vector assert.h ctype.h
    float.h limits.h math.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h x86intrin.h
    emmintrin.h smmintrin.h xmmintrin.h arm_neon.h omp.h
    """.split()  # noqa: SIM905
)
C_CONCEALING = frozenset(
    """
    __FILE__ __LINE__ __FUNCTION__ __PRETTY_FUNCTION__ __func__ __COUNTER__ __BASE_FILE__
    __builtin_FILE __builtin_FUNCTION __builtin_LINE __builtin_source_location __has_embed __assert
    __assert_fail asm __asm __asm__ basic_fstream
    basic_ifstream creat dlmopen dlopen dlsym execl execle execlp execv execve execvp execvpe
    fdopen filebuf fopen fopen64 fork freopen fstream ifstream mmap open open64 openat popen
    posix_spawn section __section__ source_location stacktrace symver __symver__ syscall system
    tmpfile typeid type_info vfork weakref __weakref__
    """.split()  # noqa: SIM905
)
# What the library calls the same by other names: __open64, _IO_fopen, __libc_system.
_OTHER_NAME = re.compile(r"^_+(?:IO_|libc_|GI_|new_)*|(?:64|_2|_chk|_nocancel)+$")
_OPENING = frozenset(
    """
    dlopen dlsym execve fdopen fopen fork freopen mmap open openat popen posix_spawn system
    """.split()  # noqa: SIM905
)
_SPLICE = re.compile(r"\\[ \t\f\v]*\r?\n")
_INCLUDE = re.compile(r"^[ \t]*(?:#|%:|\?\?=)[ \t]*(include|include_next|import|embed)\b[ \t]*(.*)")


def token_count(text: str) -> int:
    """Return how many tokens a C or C++ text has: comments none, literals and long names by their
    length.

    A text that could read itself, turn its tokens into text or run what is outside pays for the
    whole of it: by `C_CONCEALING`, another header than `C_HEADERS`, or ``#`` and ``##`` in a macro.
    """
    check_length(text)
    spliced = _SPLICE.sub("", text)  # as compilers do: it may put the end of a comment together
    # In a raw string they do not, and what one is cannot be told before.
    size = 0
    conceals = _includes_more(spliced) or (spliced != text and 'R"' in text) or "??/" in text
    for match in _C_TOKEN.finditer(spliced):
        size += _c_size(match)
        conceals = conceals or _c_conceals(match, spliced)
    return max(size, words(text)) if conceals else size


def _c_size(match: re.Match[str]) -> int:
    if match["comment"]:
        return 0
    if match["literal"]:
        return words(match[0])
    return 1 + (more_letters(match[0]) if match["name"] else 0)


def _c_conceals(match: re.Match[str], text: str) -> bool:
    if match["name"]:
        return match["name"] in C_CONCEALING or _OTHER_NAME.sub("", match["name"]) in _OPENING
    if match["hash"]:  # one that begins a line is a directive, any other makes text or names
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        return bool(line.strip())
    return False


def _includes_more(text: str) -> bool:
    """Return whether a text includes anything but the plain headers."""
    bare = _C_TOKEN.sub(lambda match: " " if match["comment"] else match[0], text)
    found = filter(None, map(_INCLUDE.match, bare.splitlines()))
    return not all(map(_is_plain_header, found))


def _is_plain_header(found: re.Match[str]) -> bool:
    header = re.fullmatch(r"<([\w./]+)>[ \t]*(?://.*)?", found[2].strip())
    return found[1] == "include" and header is not None and header[1] in C_HEADERS
