// Kissing configurations of integer vectors, by exact comparison.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cladogen {

// Goes through the vectors in order and keeps each that is no closer to any kept one than the longest of all vectors is
// long; returns the kept ones' numbers. Then their directions are pairwise at least 60 degrees apart. Coordinates are
// below 2^50 in size, dimension at most 64; zero vectors are never kept.
std::vector<std::int32_t> kissing_vectors(const std::int64_t *vectors, std::size_t count, std::size_t dimension);

}  // namespace cladogen
