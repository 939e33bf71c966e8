"""The rules that have a name, and where each of them lives."""

from __future__ import annotations

NAMES = {
    "map_elites": "cladogen.archives.map_elites:MapElites",
    "cvt_map_elites": "cladogen.archives.cvt:CvtMapElites",
    "adaevolve": "cladogen.archives.adaevolve:AdaEvolve",
    "iid": "cladogen.archives.baselines:Iid",
    "sequential": "cladogen.archives.baselines:Sequential",
    "greedy": "cladogen.archives.baselines:Greedy",
    "clade": "cladogen.archives.clade:Clade",
    "dgm": "cladogen.archives.dgm:DarwinGodelMachine",
    "hyperagents": "cladogen.archives.hyperagents:Hyperagents",
    "shinka_power_law": "cladogen.archives.shinka:ShinkaPowerLaw",
    "shinka_weighted": "cladogen.archives.shinka:ShinkaWeighted",
    "gepa": "cladogen.archives.gepa:Gepa",
    "nsga2": "cladogen.archives.nsga2:NsgaTwo",
    "funsearch": "cladogen.archives.funsearch:FunSearch",
    "elo": "cladogen.archives.elo:Elo",
    "best_of_n": "cladogen.archives.simple:BestOfN",
    "beam": "cladogen.archives.simple:Beam",
    "uct": "cladogen.archives.uct:Uct",
    "mate_choice": "cladogen.archives.mate_choice:MateChoice",
    "portfolio": "cladogen.archives.portfolio:Portfolio",
    "written_rule": "cladogen.archives.written_rule:WrittenRule",
}
# Rules that measure case by case (`Archive.opening`); the others rank programs by fitness.
CASE_BY_CASE = frozenset({"clade"})
