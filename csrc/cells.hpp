// Cell lookup: grid cells by edges, the nearest of some centroids. Reference: cladogen.kernels.cells.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cladogen {

// One axis of a grid: its inner edges, increasing.
struct Edges {
  const double *data;
  std::size_t size;
};

void grid_cells(const double *features, std::size_t rows, const std::vector<Edges> &axes, std::int32_t *cells);

void nearest_centroid(const double *points, std::size_t rows, const double *centroids, std::size_t count,
                      std::size_t dimensions, std::int32_t *nearest);

}  // namespace cladogen
