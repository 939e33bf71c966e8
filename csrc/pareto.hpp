// Non-dominated sorting and crowding (NSGA-II). Reference: cladogen.kernels.pareto.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cladogen {

// The front of every point (0: dominated by none); more is better in every objective.
void nondominated_fronts(const double *points, std::size_t rows, std::size_t objectives, std::int32_t *fronts);

// The crowding distance of every point within its front; infinite at the ends of each objective.
void crowding(const double *points, const std::int32_t *fronts, std::size_t rows, std::size_t objectives,
              double *distances);

// The row that leaves a full population: of the last front the least crowding distance, of equals the highest number.
std::size_t most_crowded(const double *points, const std::int64_t *numbers, std::size_t rows, std::size_t objectives);

}  // namespace cladogen
