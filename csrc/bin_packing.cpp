// Bins that have the same space left are interchangeable but for their age, so one heap of ages for each possible rest
// is enough: an item costs one scan over the rests, not one over the bins.
#include "bin_packing.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace cladogen {
namespace {

constexpr std::int32_t kNone = INT32_MIN;

// Bins by what they have left. `seniority[r]` is larger the older the oldest bin with r left, so that rank + seniority
// orders bins by rank, then age; it is kNone, which makes the sum negative, when there is no such bin.
class Bins {
 public:
  Bins(int capacity, std::size_t most) : heaps_(capacity + 1), seniority_(capacity + 1, kNone) { rest_of_.reserve(most); }

  void open(int rest) {
    rest_of_.push_back(rest);
    put(rest, static_cast<std::int32_t>(rest_of_.size()) - 1);
  }

  void fill(std::int32_t age, int item) {
    int rest = rest_of_[age];
    auto &heap = heaps_[rest];  // `age` is its oldest
    std::pop_heap(heap.begin(), heap.end(), std::greater<>{});
    heap.pop_back();
    seniority_[rest] = heap.empty() ? kNone : kMostBins - 1 - heap.front();
    rest_of_[age] = rest - item;
    put(rest - item, age);
  }

  // The highest rank + seniority over rests in [item, capacity), negative when no used bin has room.
  std::int32_t best(const std::int32_t *ranks, int item, int capacity) const {
    std::int32_t best = kNone;
    for (int rest = item; rest < capacity; ++rest) best = std::max(best, ranks[rest] + seniority_[rest]);
    return best;
  }

  int rest_of(std::int32_t age) const { return rest_of_[age]; }
  std::size_t count() const { return rest_of_.size(); }

 private:
  void put(int rest, std::int32_t age) {
    auto &heap = heaps_[rest];
    heap.push_back(age);
    std::push_heap(heap.begin(), heap.end(), std::greater<>{});
    seniority_[rest] = kMostBins - 1 - heap.front();
  }

  std::vector<std::vector<std::int32_t>> heaps_;
  std::vector<std::int32_t> seniority_;
  std::vector<int> rest_of_;
};

}  // namespace

Packing pack(const std::int32_t *ranks, int capacity, const std::int32_t *items, std::size_t count) {
  Bins bins(capacity, count);
  std::int64_t opened = 0;
  for (std::size_t i = 0; i < count; ++i) {
    int item = items[i];
    const std::int32_t *row = ranks + static_cast<std::size_t>(item) * (capacity + 1);
    std::int32_t best = bins.best(row, item, capacity);
    std::int32_t age = best < 0 ? 0 : kMostBins - 1 - best % kMostBins;
    // An empty bin is younger than every used one, so it must rank strictly higher.
    if (best < 0 || row[capacity] > row[bins.rest_of(age)]) {
      opened += best >= 0;
      bins.open(capacity - item);
    } else {
      bins.fill(age, item);
    }
  }
  return {static_cast<std::int64_t>(bins.count()), opened};
}

}  // namespace cladogen
