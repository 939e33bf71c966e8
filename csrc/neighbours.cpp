// Both measures go over the rows once, in the order of memory, and keep the best few.
#include "neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// Two versions of a loop, the wider one where the processor has it; both add in the same order and round alike.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define CLADOGEN_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define CLADOGEN_WIDE
#endif

namespace cladogen {

namespace {

constexpr std::size_t kLanes = 32;   // sums side by side
constexpr std::size_t kBlock = 512;  // floats added up in floats; blocks are added up in doubles

CLADOGEN_WIDE double dot(const float *left, const float *right, std::size_t width) {
  double sum = 0;
  std::size_t at = 0;
  while (width - at >= kLanes) {
    float lanes[kLanes] = {};
    const std::size_t end = at + std::min(kBlock, width - at) / kLanes * kLanes;
    for (; at < end; at += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += left[at + lane] * right[at + lane];
    for (const float lane : lanes) sum += static_cast<double>(lane);
  }
  for (; at < width; ++at) sum += static_cast<double>(left[at]) * static_cast<double>(right[at]);
  return sum;
}

CLADOGEN_WIDE std::uint32_t equal_positions(const std::uint32_t *left, const std::uint32_t *right, std::size_t width) {
  std::uint32_t equal = 0;
  for (std::size_t at = 0; at < width; ++at) equal += left[at] == right[at];
  return equal;
}

// The best few so far, in order: rows come in order too, so an equal one goes behind.
class Best {
 public:
  explicit Best(std::size_t count) : count_(count) { kept_.reserve(count + 1); }
  void offer(std::size_t row, double likeness) {
    if (std::isnan(likeness)) likeness = -std::numeric_limits<double>::infinity();
    if (kept_.size() == count_ && (count_ == 0 || likeness <= kept_.back().likeness)) return;
    const auto place = std::upper_bound(kept_.begin(), kept_.end(), likeness,
                                        [](double value, const Neighbour &other) { return value > other.likeness; });
    kept_.insert(place, {static_cast<std::int64_t>(row), likeness});
    if (kept_.size() > count_) kept_.pop_back();
  }
  std::vector<Neighbour> take() { return std::move(kept_); }

 private:
  std::size_t count_;
  std::vector<Neighbour> kept_;
};

}  // namespace

std::vector<Neighbour> nearest_vectors(const float *known, std::size_t rows, std::size_t width, const float *wanted,
                                       std::size_t count) {
  Best best(std::min(count, rows));
  for (std::size_t row = 0; row < rows; ++row) best.offer(row, dot(known + row * width, wanted, width));
  return best.take();
}

std::vector<Neighbour> nearest_sketches(const std::uint32_t *known, std::size_t rows, std::size_t width,
                                        const std::uint32_t *wanted, std::size_t count) {
  Best best(std::min(count, rows));
  for (std::size_t row = 0; row < rows; ++row) {
    const auto equal = static_cast<double>(equal_positions(known + row * width, wanted, width));
    best.offer(row, equal / static_cast<double>(width));
  }
  return best.take();
}

}  // namespace cladogen
