// Squares of differences below 2^51, 64 of them at most, stay below 2^108: 128 bits hold them without rounding.
#include "kissing.hpp"

#include <algorithm>

namespace cladogen {
namespace {

using Wide = __int128;

Wide squared_distance(const std::int64_t *a, const std::int64_t *b, std::size_t dimension) {
  Wide sum = 0;
  for (std::size_t k = 0; k < dimension; ++k) {
    Wide difference = static_cast<Wide>(a[k]) - (b ? b[k] : 0);
    sum += difference * difference;
  }
  return sum;
}

}  // namespace

std::vector<std::int32_t> kissing_vectors(const std::int64_t *vectors, std::size_t count, std::size_t dimension) {
  Wide longest = 0;
  for (std::size_t i = 0; i < count; ++i)
    longest = std::max(longest, squared_distance(vectors + i * dimension, nullptr, dimension));
  std::vector<std::int32_t> kept;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t *one = vectors + i * dimension;
    bool fits = squared_distance(one, nullptr, dimension) > 0;
    for (std::size_t at = 0; fits && at < kept.size(); ++at)
      fits = squared_distance(one, vectors + kept[at] * dimension, dimension) >= longest;
    if (fits) kept.push_back(static_cast<std::int32_t>(i));
  }
  return kept;
}

}  // namespace cladogen
