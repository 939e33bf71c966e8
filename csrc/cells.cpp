// Cell lookup: grid cells by edges, the nearest of some centroids.
#include "cells.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cladogen {

void grid_cells(const double *features, std::size_t rows, const std::vector<Edges> &axes, std::int32_t *cells) {
  const std::size_t width = axes.size();
  for (std::size_t row = 0; row < rows; ++row) {
    std::int32_t cell = 0;
    for (std::size_t axis = 0; axis < width; ++axis) {
      const Edges &edges = axes[axis];
      const double value = features[row * width + axis];
      const auto bin = std::isnan(value) ? static_cast<std::ptrdiff_t>(edges.size)
                                         : std::upper_bound(edges.data, edges.data + edges.size, value) - edges.data;
      cell = cell * static_cast<std::int32_t>(edges.size + 1) + static_cast<std::int32_t>(bin);
    }
    cells[row] = cell;
  }
}

void nearest_centroid(const double *points, std::size_t rows, const double *centroids, std::size_t count,
                      std::size_t dimensions, std::int32_t *nearest) {
  for (std::size_t row = 0; row < rows; ++row) {
    const double *point = points + row * dimensions;
    double best = std::numeric_limits<double>::infinity();
    nearest[row] = 0;
    for (std::size_t c = 0; c < count; ++c) {
      double distance = 0;
      for (std::size_t d = 0; d < dimensions; ++d) {
        const double difference = centroids[c * dimensions + d] - point[d];
        distance += difference * difference;
      }
      if (distance < best) {
        best = distance;
        nearest[row] = static_cast<std::int32_t>(c);
      }
    }
  }
}

}  // namespace cladogen
