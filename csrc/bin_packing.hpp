// Online bin packing by a tabulated priority: what one instance came to.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cladogen {

struct Packing {
  std::int64_t bins = 0;    // bins used
  std::int64_t opened = 0;  // items put into an empty bin although a used one had room
};

constexpr std::int32_t kMostBins = 1 << 20;
constexpr int kLanes = 8;  // rests that are looked at together

// Places the items in order; each goes to the bin with the highest rank of those it fits, the oldest of equals.
// `ranks` is (capacity + 1) x (capacity + 1), row = item, column = what the bin has left; its values are ranks in
// [0, 2^10) times kMostBins; kLanes values more must follow, which are read and do not count. Items must
// be in [1, capacity]; count at most kMostBins.
Packing pack(const std::int32_t *ranks, int capacity, const std::int32_t *items, std::size_t count);

}  // namespace cladogen
