"""Which names a piece of source takes from outside itself."""

from __future__ import annotations

import symtable
from collections.abc import Callable


def outside_names(text: str) -> list[str]:
    """Return the names that ``text`` uses and does not define, in no particular order."""
    top = symtable.symtable(text, "source", "exec")
    defined = _names(top, _is_defined)
    used = _names(top, symtable.Symbol.is_referenced)
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        used |= _names(table, _is_from_outside)
    return sorted(used - defined)


def _names(table: symtable.SymbolTable, wanted: Callable[[symtable.Symbol], bool]) -> set[str]:
    return {symbol.get_name() for symbol in table.get_symbols() if wanted(symbol)}


def _is_defined(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _is_from_outside(symbol: symtable.Symbol) -> bool:
    return symbol.is_referenced() and symbol.is_global()
