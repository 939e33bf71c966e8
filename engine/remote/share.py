"""What one evaluation takes of a machine, and how many fit on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cladogen.problem import Problem

MIB = 1 << 20
SERVICE_MB = 256  # beside its candidates: the far end itself and its scorer


@dataclass(frozen=True, slots=True)
class Share:
    """What one evaluation takes: CPUs, memory in MiB, GPUs ("all": the whole machine's).

    ``most`` is how many may run at once over all machines, None: as many as fit; ``address`` says
    where the machines are found, ``folder`` is the run's.
    """

    cpus: float = 1.0
    memory_mb: int = 1024
    gpus: str = ""
    exclusive: bool = False
    most: int | None = None
    address: str = ""
    folder: Path = Path()

    @staticmethod
    def of(problem: Problem, most: int | None = None, address: str = "") -> Share:
        """Return what an evaluation of the problem takes, by its limits and its [sandbox]."""
        limits, needs = problem.limits, problem.sandbox
        return Share(
            limits.cpus,
            limits.memory_mb,
            needs.gpus,
            needs.exclusive,
            most,
            address,
            problem.folder.parent,
        )

    def fits(self, resources: Mapping[str, float]) -> int:
        """Return how many evaluations fit into ``CPU``, ``memory`` (bytes) and ``GPU`` of a
        machine.
        """
        cpus, gpus = resources.get("CPU", 0.0), resources.get("GPU", 0.0)
        memory_mb = resources.get("memory", 0.0) / MIB - SERVICE_MB
        counts = [int(cpus / self.cpus + 1e-9), int(memory_mb / self.memory_mb)]
        if self.gpus == "all":
            counts.append(1 if gpus else 0)
        elif self.gpus:
            counts.append(int(gpus / int(self.gpus)))
        fitting = max(0, min(counts))
        return min(fitting, 1) if self.exclusive else fitting

    def takes(self, slots: int, resources: Mapping[str, float]) -> tuple[float, int, float]:
        """Return the CPUs, bytes and GPUs that so many evaluations take of a machine."""
        each = resources.get("GPU", 0.0) if self.gpus == "all" else float(self.gpus or 0)
        memory = int(slots * self.memory_mb + SERVICE_MB) * MIB
        return slots * self.cpus, memory, slots * each
