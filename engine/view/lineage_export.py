"""The lineage as a graph for other programs: GraphML, GEXF or JSON, through networkx."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.errors import ConfigError
from cladogen.formatting import one_line

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader

FORMATS = (".graphml", ".gexf", ".json")


def check_format(path: Path) -> None:
    """Raise ConfigError unless the file's ending names a format."""
    if path.suffix not in FORMATS:
        raise ConfigError(f"{path}: name a file that ends in one of {', '.join(FORMATS)}")


def lineage(run: RunReader, numbers: Iterable[int]) -> Any:
    """Return the programs as a `networkx.DiGraph`: nodes are numbers, edges lead from parent to
    child.

    A node has the tree's hash, operator, model, status and, where there is one, the fitness; best,
    what ships and elites are marked.
    """
    import networkx

    graph = networkx.DiGraph(run=_xml_text(run.folder.name))
    chosen, elites = set(numbers), set(run.elites)
    for entry in run.rows(chosen):
        number = entry.number
        facts: dict[str, Any] = {
            "tree": entry.node.program,
            "operator": _xml_text(entry.operator),
            "model": _xml_text(entry.model),
            "status": entry.score.status.value,
            "best": number == run.best,
            "ships": number == run.ships,
            "elite": number in elites,
        }
        if entry.score.fitness is not None:
            facts["fitness"] = entry.score.fitness
        graph.add_node(number, **facts)
        graph.add_edges_from((parent, number) for parent in entry.node.parents if parent in chosen)
    return graph


def _xml_text(text: str) -> str:
    """Return text without what XML has no place for."""
    return one_line(text).translate({0xFFFE: None, 0xFFFF: None})


def write_lineage(graph: Any, path: Path) -> None:
    """Write a lineage in the format that the file's ending names."""
    import networkx

    check_format(path)
    if path.suffix == ".json":
        path.write_text(json.dumps(networkx.node_link_data(graph, edges="edges")), encoding="utf-8")
    elif path.suffix == ".gexf":
        networkx.write_gexf(graph, path)
    else:
        networkx.write_graphml(graph, path)
