// Non-dominated sorting (efficient, by sequential search of the fronts) and crowding.
#include "pareto.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <vector>

namespace cladogen {

namespace {

bool dominates(const double *a, const double *b, std::size_t objectives) {
  bool better = false;
  for (std::size_t k = 0; k < objectives; ++k) {
    if (a[k] < b[k]) return false;
    better = better || a[k] > b[k];
  }
  return better;
}

}  // namespace

void nondominated_fronts(const double *points, std::size_t rows, std::size_t objectives, std::int32_t *fronts) {
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  // In this order no point is dominated by a later one.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    for (std::size_t k = 0; k < objectives; ++k) {
      const double left = points[a * objectives + k], right = points[b * objectives + k];
      if (left != right) return left > right;
    }
    return a < b;
  });
  std::vector<std::vector<std::size_t>> members;
  for (const std::size_t row : order) {
    const double *point = points + row * objectives;
    const auto covered = [&](const std::vector<std::size_t> &front) {
      // The last of a front is the likeliest to dominate.
      return std::any_of(front.rbegin(), front.rend(),
                         [&](std::size_t other) { return dominates(points + other * objectives, point, objectives); });
    };
    std::size_t low = 0, high = members.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (covered(members[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == members.size()) members.emplace_back();
    members[low].push_back(row);
    fronts[row] = static_cast<std::int32_t>(low);
  }
}

void crowding(const double *points, const std::int32_t *fronts, std::size_t rows, std::size_t objectives,
              double *distances) {
  std::fill(distances, distances + rows, 0.0);
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t k = 0; k < objectives; ++k) {
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      if (fronts[a] != fronts[b]) return fronts[a] < fronts[b];
      const double left = points[a * objectives + k], right = points[b * objectives + k];
      return left != right ? left < right : a < b;
    });
    for (std::size_t start = 0; start < rows;) {
      std::size_t end = start;
      while (end < rows && fronts[order[end]] == fronts[order[start]]) ++end;
      const double low = points[order[start] * objectives + k], high = points[order[end - 1] * objectives + k];
      distances[order[start]] = distances[order[end - 1]] = std::numeric_limits<double>::infinity();
      for (std::size_t at = start + 1; at + 1 < end && high > low; ++at)
        distances[order[at]] +=
            (points[order[at + 1] * objectives + k] - points[order[at - 1] * objectives + k]) / (high - low);
      start = end;
    }
  }
}

std::size_t most_crowded(const double *points, const std::int64_t *numbers, std::size_t rows, std::size_t objectives) {
  std::vector<std::int32_t> fronts(rows);
  std::vector<double> distances(rows);
  nondominated_fronts(points, rows, objectives, fronts.data());
  crowding(points, fronts.data(), rows, objectives, distances.data());
  std::size_t worst = 0;
  for (std::size_t row = 1; row < rows; ++row) {
    const auto rank = [&](std::size_t at) { return std::make_tuple(fronts[at], -distances[at], numbers[at]); };
    if (rank(row) > rank(worst)) worst = row;
  }
  return worst;
}

}  // namespace cladogen
