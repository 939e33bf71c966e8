"""A histogram on a GPU, as a CUDA or a Triton kernel; it needs a GPU that Docker can give."""

from __future__ import annotations

_TOML = """\
name = "NAME"

[program]
editable = ["EDITABLE"]
ENTRY

[objective]
metric = "wall_s"              # measured by the sandbox, from outside the program

[metrics.wall_s]
direction = "minimize"
unit = "s"
about = "seconds of one call: start, the copy to the device, and all rounds"

[metrics.size]
direction = "minimize"
unit = "characters"

[[features]]
metric = "size"
bins = 10
scale = "log"
low = 200
high = 6000

[limits]
time_s = 60.0
memory_mb = 8192
build_s = 120.0

[sandbox]
gpus = "1"                     # one for each program; without a GPU no run starts, and that is said
exclusive = true               # no other program beside one, for a score that is a time
SANDBOX

[parameters]                   # handed to the scorer, with the run's seed as "seed"
numbers = 4000000
rounds = 200
"""

_SCORER = '''\
"""Trusted: counts by itself, and compares. The inputs are drawn on both sides from a case's seed,
and seeds are new at every start: no program can know the counts beforehand.
"""

import secrets

import numpy as np

from cladogen.scoring import Case, Invalid, Scored, integers


def cases(parameters):
    """Return a case to train on and one of another size for the final choice."""
    found = []
    for name, share, split in (("train", 1.0, "train"), ("other", 0.7, "heldout")):
        seen = {"numbers": int(share * parameters["numbers"]), "rounds": parameters["rounds"]}
        found.append(Case(name, {**seen, "seed": secrets.randbits(53)}, split))
    return found


def score(case, output):
    """Refuse anything but the right counts."""
    counts = integers(output, (256,), 0, case.input["numbers"], "the counts")
    wanted = np.bincount(drawn(case.input["seed"], case.input["numbers"]), minlength=256)
    wrong = np.flatnonzero(counts != wanted)
    if len(wrong):
        first = wrong[0]
        raise Invalid(
            f"{len(wrong)} of 256 counts are wrong, the first of value {first}: {counts[first]}, "
            f"wanted {wanted[first]}"
        )
    return Scored({"right": 1.0})


def drawn(seed, count):
    """Return the bytes of a seed: SplitMix64 (Steele, Lea, Flood 2014), the top byte squared over
    256, so that small values are frequent.
    """
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    top = (z ^ (z >> np.uint64(31))) >> np.uint64(56)
    return ((top * top) >> np.uint64(8)).astype(np.uint8)


def describe(texts):
    """Return metrics of the program's text."""
    return {"size": sum(len(text) for text in texts.values())}
'''

_STATEMENT = """\
# A histogram on a GPU

Count how often each of the 256 values of a byte stands among some million bytes that lie in the
device's memory, again and again. Small values are frequent, so many threads want the same counter.
HOW Counts must be exact; the score is the time of the whole call, lower is better.
"""

_CUDA_HOW = """\
`histogram` in `kernel.cu` gets pointers to device memory; `host.cu`, which may not change,
calls it."""
_TRITON_HOW = "`histogram` in `kernel.py` gets and returns tensors; `host.py` may not change."

_CUDA_KERNEL = """\
// Counts the values of bytes. host.cu clears the counts before each call.
__global__ void count(const unsigned char* values, int n, unsigned* counts) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at < n) atomicAdd(&counts[values[at]], 1u);
}

// Both pointers are of the device; counts has 256 numbers, all 0.
void histogram(const unsigned char* values, int n, unsigned* counts) {
    const int threads = 256;
    count<<<(n + threads - 1) / threads, threads>>>(values, n, counts);
}
"""

_CUDA_HOST = """\
// Reads the case, draws its bytes, counts them on the device, and writes the counts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

void histogram(const unsigned char* values, int n, unsigned* counts);

static void check(cudaError_t what) {
    if (what == cudaSuccess) return;
    std::fprintf(stderr, "CUDA: %s\\n", cudaGetErrorString(what));
    std::exit(1);
}

static uint64_t field(const char* text, const char* name) {
    const char* at = std::strstr(text, name);
    return at ? std::strtoull(std::strchr(at, ':') + 1, nullptr, 10) : 0;
}

static unsigned char drawn(uint64_t seed, uint64_t at) {
    uint64_t z = at * 0x9E3779B97F4A7C15ull + seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    const uint64_t top = (z ^ (z >> 31)) >> 56;
    return (unsigned char)((top * top) >> 8);
}

int main() {
    char text[4096] = {0};
    if (std::fread(text, 1, sizeof text - 1, stdin) == 0) return 1;
    const uint64_t seed = field(text, "\\"seed\\"");
    const int n = (int)field(text, "\\"numbers\\""), rounds = (int)field(text, "\\"rounds\\"");
    std::vector<unsigned char> values(n);
    for (int k = 0; k < n; ++k) values[k] = drawn(seed, k + 1);
    unsigned char* device;
    unsigned *counts, found[256];
    check(cudaMalloc(&device, n));
    check(cudaMalloc(&counts, sizeof found));
    check(cudaMemcpy(device, values.data(), n, cudaMemcpyHostToDevice));
    for (int round = 0; round < rounds; ++round) {
        check(cudaMemset(counts, 0, sizeof found));
        histogram(device, n, counts);
        check(cudaGetLastError());
    }
    check(cudaMemcpy(found, counts, sizeof found, cudaMemcpyDeviceToHost));
    for (int k = 0; k < 256; ++k) std::printf("%c%u", k ? ',' : '[', found[k]);
    std::printf("]\\n");
}
"""

_TRITON_KERNEL = '''\
"""Counts the values of bytes on the GPU."""

import torch
import triton
import triton.language as tl


@triton.jit
def count(values, counts, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    value = tl.load(values + at, mask=inside, other=0).to(tl.int32)
    tl.atomic_add(counts + value, 1, mask=inside)


def histogram(values):
    """Return the counts of the 256 values, as a tensor of int32; ``values`` is a tensor of uint8
    on the device.
    """
    counts = torch.zeros(256, dtype=torch.int32, device=values.device)
    block = 1024
    count[(triton.cdiv(values.numel(), block),)](values, counts, values.numel(), BLOCK=block)
    return counts
'''

_TRITON_HOST = '''\
"""Draws the bytes of a case, has them counted on the device, and returns the counts. May not
change.
"""

import numpy as np
import torch
from kernel import histogram


def run(case):
    """Return the counts of the last round."""
    values = torch.from_numpy(drawn(case["seed"], case["numbers"])).cuda()
    counts = None
    for _ in range(case["rounds"]):
        counts = histogram(values)
    return counts.cpu().tolist()


def drawn(seed, count):
    """Return the bytes of a seed, as the scorer draws them."""
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    top = (z ^ (z >> np.uint64(31))) >> np.uint64(56)
    return ((top * top) >> np.uint64(8)).astype(np.uint8)
'''

_CUDA_ENTRY = """\
build = ["nvcc", "-O3", "-o", "histogram", "host.cu", "kernel.cu"]   # once for each program
command = ["./histogram"]"""
_CUDA_DOCKERFILE = """\
FROM nvidia/cuda:13.0.0-devel-ubuntu24.04
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-numpy
"""


def _gpu(
    editable: str, entry: str, sandbox: str, how: str, programs: dict[str, str]
) -> dict[str, str]:
    toml = _TOML.replace("EDITABLE", editable).replace("ENTRY", entry)
    return {
        "problem.toml": toml.replace("SANDBOX", sandbox),
        "statement.md": _STATEMENT.replace("HOW", how),
        "scorer.py": _SCORER,
        **{f"seed/{path}": text for path, text in programs.items()},
    }


GPU = {
    "cuda": {
        **_gpu(
            "kernel.cu",
            _CUDA_ENTRY,
            'dockerfile = "Dockerfile"      # brings nvcc',
            _CUDA_HOW,
            {"kernel.cu": _CUDA_KERNEL, "host.cu": _CUDA_HOST},
        ),
        "Dockerfile": _CUDA_DOCKERFILE,
    },
    "triton": {
        **_gpu(
            "kernel.py",
            'entry = "host.py:run"',
            'requirements = "requirements.txt"',
            _TRITON_HOW,
            {"kernel.py": _TRITON_KERNEL, "host.py": _TRITON_HOST},
        ),
        "requirements.txt": "torch\ntriton\n",
    },
}
