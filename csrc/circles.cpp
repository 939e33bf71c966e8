// A double is an integer times a power of two, so rounding to a fine fixed grid leaves every coordinate above 2^-8 as it
// was, and from there all arithmetic is on integers: squared distances fit into 128 bits and no tolerance is needed.
#include "circles.hpp"

#include <algorithm>
#include <cmath>

namespace cladogen {
namespace {

using Wide = unsigned __int128;

// The largest integer whose square is at most `square`.
std::int64_t floor_root(Wide square) {
  auto root = static_cast<Wide>(std::sqrt(static_cast<long double>(square)));
  while (root * root > square) --root;
  while ((root + 1) * (root + 1) <= square) ++root;
  return static_cast<std::int64_t>(root);
}

Wide squared(std::int64_t a, std::int64_t b) {
  Wide size = static_cast<Wide>(a > b ? a - b : b - a);
  return size * size;
}

}  // namespace

Deflation deflation(const Circle *circles, std::size_t count, const Box *box) {
  constexpr std::int64_t far = INT64_MAX / 2;
  std::int64_t gap = far;      // the smallest gap, rounded down
  std::int64_t amount = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Circle &one = circles[i];
    if (box) {
      std::int64_t room = std::min({one.x - box->x0, box->x1 - one.x, one.y - box->y0, box->y1 - one.y});
      gap = std::min(gap, room - one.radius);
      amount = std::max(amount, one.radius - room);
    }
    for (std::size_t j = i + 1; j < count; ++j) {
      const Circle &other = circles[j];
      std::int64_t distance = floor_root(squared(one.x, other.x) + squared(one.y, other.y));
      std::int64_t overlap = one.radius + other.radius - distance;
      gap = std::min(gap, -overlap);
      if (overlap > 0) amount = std::max(amount, overlap / 2 + overlap % 2);
    }
  }
  return {amount, std::ldexp(static_cast<double>(gap), -60)};
}

}  // namespace cladogen
