// Cap sets in Z_3^n: no three vectors on a line.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cladogen {

// Goes through the vectors in the given order and keeps each that makes no line with two kept ones. A vector is the
// number whose base-3 digits are its coordinates; `order` holds each of 0 .. 3^dimension - 1 at most once.
std::vector<std::int32_t> greedy_cap(const std::int32_t *order, std::size_t count, int dimension);

}  // namespace cladogen
