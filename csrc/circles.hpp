// Circle packings, checked and repaired exactly on a grid of 2^-60.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cladogen {

struct Circle {
  std::int64_t x, y, radius;  // multiples of 2^-60, each below 2^62 in size
};

struct Box {
  std::int64_t x0, y0, x1, y1;
};

struct Deflation {
  std::int64_t amount;  // what every radius must lose for no two circles to overlap and none to leave the box; >= 0
  double slack;         // the smallest gap as given, in units of 1; below 0: the worst overlap
};

// No walls when `box` is null.
Deflation deflation(const Circle *circles, std::size_t count, const Box *box);

}  // namespace cladogen
