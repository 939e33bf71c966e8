// The nearest of many known rows to one: unit vectors by cosine, MinHash sketches by Jaccard similarity. Every row is
// looked at. Reference: cladogen.kernels.neighbours.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cladogen {

struct Neighbour {
  std::int64_t row;
  double likeness;
};

// The `count` rows of `known` (rows x width) most like `wanted`, best first, the earlier among equals. Rows are unit
// vectors of floats, their likeness the cosine; a likeness that is not a number counts as the least.
std::vector<Neighbour> nearest_vectors(const float *known, std::size_t rows, std::size_t width, const float *wanted,
                                       std::size_t count);

// The same for MinHash sketches: the likeness is the share of equal positions, an estimate of the Jaccard similarity.
std::vector<Neighbour> nearest_sketches(const std::uint32_t *known, std::size_t rows, std::size_t width,
                                        const std::uint32_t *wanted, std::size_t count);

}  // namespace cladogen
