// Two distinct vectors a, b are on a line with exactly one third, -(a + b), so keeping b blocks one vector for each kept a.
#include "cap_set.hpp"

namespace cladogen {
namespace {

// Digits are packed two bits each, so that -(a + b) mod 3 is a few word operations on all coordinates at once.
using Packed = std::uint32_t;

Packed pack_digits(std::int32_t vector, int dimension) {
  Packed packed = 0;
  for (int i = 0; i < dimension; ++i, vector /= 3) packed |= static_cast<Packed>(vector % 3) << (2 * i);
  return packed;
}

// -(a + b) digit by digit: equal digits give that digit, unequal ones the third.
Packed third(Packed a, Packed b) {
  constexpr Packed low = 0x55555555u;
  Packed unequal = a ^ b;
  unequal = (unequal | unequal >> 1) & low;
  unequal |= unequal << 1;
  // 0 + 1 + 2 = 3: of digits written 00, 01, 10, the third of two unequal ones is the complement of their union.
  return (a & ~unequal) | (~(a | b) & unequal);
}

}  // namespace

std::vector<std::int32_t> greedy_cap(const std::int32_t *order, std::size_t count, int dimension) {
  std::vector<char> blocked(std::size_t{1} << (2 * dimension), 0);
  std::vector<Packed> kept;
  std::vector<std::int32_t> cap;
  for (std::size_t i = 0; i < count; ++i) {
    Packed packed = pack_digits(order[i], dimension);
    if (blocked[packed]) continue;
    for (Packed other : kept) blocked[third(packed, other)] = 1;
    kept.push_back(packed);
    cap.push_back(order[i]);
  }
  return cap;
}

}  // namespace cladogen
