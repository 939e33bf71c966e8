// MinHash: the smallest of a set's values under each of many multiply-shift permutations.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cladogen {

// least[k] = min over i of the high half of factors[k] * hashes[i] + shifts[k]; all ones when count is 0.
void minhash(const std::uint64_t *hashes, std::size_t count, const std::uint64_t *factors,
             const std::uint64_t *shifts, std::size_t width, std::uint32_t *least);

}  // namespace cladogen
