// Bins that have the same space left are interchangeable but for their age, so one heap of ages for each possible rest
// is enough: an item costs one scan over the rests, not one over the bins.
#include "bin_packing.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace cladogen {
namespace {

constexpr std::int32_t kAges = 1 << 20;
using Heap = std::vector<std::int32_t>;

// Bins by what they have left. `youth[r]` is larger the older the oldest bin with r left, 0 when there is none, so
// that rank * kAges + youth orders bins by rank, then age.
class Bins {
 public:
  explicit Bins(int capacity) : heaps_(capacity + 1), youth_(capacity + 1, 0) {}

  void add(int rest, std::int32_t age) {
    Heap &heap = heaps_[rest];
    heap.push_back(age);
    std::push_heap(heap.begin(), heap.end(), std::greater<>{});
    youth_[rest] = kAges - 1 - heap.front();
  }

  std::int32_t take_oldest(int rest) {
    Heap &heap = heaps_[rest];
    std::pop_heap(heap.begin(), heap.end(), std::greater<>{});
    std::int32_t age = heap.back();
    heap.pop_back();
    youth_[rest] = heap.empty() ? 0 : kAges - 1 - heap.front();
    return age;
  }

  const std::int32_t *youth() const { return youth_.data(); }

 private:
  std::vector<Heap> heaps_;
  std::vector<std::int32_t> youth_;
};

// The rest in [item, capacity) whose oldest bin wins, or -1 when no used bin has room.
int best_rest(const std::int32_t *ranks, const std::int32_t *youth, int item, int capacity) {
  std::int32_t best = -1;
  for (int rest = item; rest < capacity; ++rest) {
    std::int32_t key = youth[rest] ? ranks[rest] * kAges + youth[rest] : -1;
    best = std::max(best, key);
  }
  if (best < 0) return -1;
  for (int rest = item; rest < capacity; ++rest)
    if (youth[rest] && ranks[rest] * kAges + youth[rest] == best) return rest;
  return -1;
}

}  // namespace

Packing pack(const std::int32_t *ranks, int capacity, const std::int32_t *items, std::size_t count) {
  Bins bins(capacity);
  Packing result;
  for (std::size_t i = 0; i < count; ++i) {
    int item = items[i];
    const std::int32_t *row = ranks + static_cast<std::size_t>(item) * (capacity + 1);
    int rest = best_rest(row, bins.youth(), item, capacity);
    // An empty bin is younger than every used one, so it must rank strictly higher.
    if (rest < 0 || row[capacity] > row[rest]) {
      result.opened += rest >= 0;
      std::int32_t age = static_cast<std::int32_t>(result.bins++);
      bins.add(capacity - item, age);
    } else {
      bins.add(rest - item, bins.take_oldest(rest));
    }
  }
  return result;
}

}  // namespace cladogen
