// Bins that have the same space left are interchangeable but for their age, so one set of ages for each possible rest
// is enough: an item costs one scan over the rests, not one over the bins. The scan is what takes the time, so it is
// written in lanes that a compiler turns into vector instructions, and is compiled a second time for CPUs with AVX2.
#include "bin_packing.hpp"

#include <algorithm>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#define CLADOGEN_HAS_AVX2_TARGET 1
#endif
#if defined(__GNUC__)
#define CLADOGEN_INLINE __attribute__((always_inline)) inline
#else
#define CLADOGEN_INLINE inline
#endif

namespace cladogen {
namespace {

constexpr std::int32_t kNone = INT32_MIN;
constexpr std::size_t kWord = 64;  // bits

inline std::size_t lowest_bit(std::uint64_t word) {  // of a word that has one
#if defined(__GNUC__)
  return static_cast<std::size_t>(__builtin_ctzll(word));
#else
  std::size_t at = 0;
  for (; !(word & 1); word >>= 1) ++at;
  return at;
#endif
}

inline std::size_t words_for(std::size_t bits) { return bits / kWord + 1; }

// Bins by what they have left. `seniority[r]` is larger the older the oldest bin with r left, so that rank + seniority
// orders bins by rank, then age; it is kNone, which makes the sum negative, when there is no such bin. The ages of the
// bins with r left are bits of a row of words, and the words that have any are bits of a second, shorter row.
class Bins {
 public:
  Bins(int capacity, std::size_t most)
      : words_(words_for(most)),
        tops_(words_for(words_)),
        low_((capacity + 1) * words_),
        high_((capacity + 1) * tops_),
        seniority_(capacity + 1 + kLanes, kNone) {
    rest_of_.reserve(most);
  }

  void open(int rest) {
    rest_of_.push_back(rest);
    put(rest, static_cast<std::int32_t>(rest_of_.size()) - 1);
  }

  // Puts an item into the oldest bin of its rest, `age`.
  void fill(std::int32_t age, int item) {
    int rest = rest_of_[age];
    take_oldest(rest, static_cast<std::size_t>(age) / kWord);
    rest_of_[age] = rest - item;
    put(rest - item, age);
  }

  // The highest rank + seniority over rests in [item, capacity), negative when no used bin has room. The last lanes lie
  // behind capacity, where seniority is kNone.
  CLADOGEN_INLINE std::int32_t best(const std::int32_t *ranks, int item, int capacity) const {
    std::int32_t lanes[kLanes];
    std::fill_n(lanes, kLanes, kNone);
    const std::int32_t *seniority = seniority_.data();
    for (int rest = item; rest < capacity; rest += kLanes)
      for (int lane = 0; lane < kLanes; ++lane)
        lanes[lane] = std::max(lanes[lane], ranks[rest + lane] + seniority[rest + lane]);
    std::int32_t most = kNone;  // std::max_element would branch
    for (std::int32_t lane : lanes) most = std::max(most, lane);
    return most;
  }

  int rest_of(std::int32_t age) const { return rest_of_[age]; }
  std::size_t count() const { return rest_of_.size(); }

 private:
  void put(int rest, std::int32_t age) {
    std::size_t word = static_cast<std::size_t>(age) / kWord;
    low_[rest * words_ + word] |= std::uint64_t{1} << (age % kWord);
    high_[rest * tops_ + word / kWord] |= std::uint64_t{1} << (word % kWord);
    seniority_[rest] = std::max(seniority_[rest], kMostBins - 1 - age);
  }

  // The oldest bin is the lowest bit of all, in `word`.
  void take_oldest(int rest, std::size_t word) {
    std::uint64_t *low = &low_[rest * words_], *high = &high_[rest * tops_];
    std::size_t top = word / kWord;
    low[word] &= low[word] - 1;
    if (!low[word]) high[top] &= high[top] - 1;
    while (top < tops_ && !high[top]) ++top;
    if (top == tops_) {
      seniority_[rest] = kNone;
      return;
    }
    word = top * kWord + lowest_bit(high[top]);
    seniority_[rest] = kMostBins - 1 - static_cast<std::int32_t>(word * kWord + lowest_bit(low[word]));
  }

  std::size_t words_, tops_;
  std::vector<std::uint64_t> low_, high_;
  std::vector<std::int32_t> seniority_;
  std::vector<int> rest_of_;
};

CLADOGEN_INLINE Packing packed(const std::int32_t *ranks, int capacity, const std::int32_t *items, std::size_t count) {
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

#ifdef CLADOGEN_HAS_AVX2_TARGET
__attribute__((target("avx2"))) Packing packed_avx2(const std::int32_t *ranks, int capacity, const std::int32_t *items,
                                                    std::size_t count) {
  return packed(ranks, capacity, items, count);
}
#endif

}  // namespace

Packing pack(const std::int32_t *ranks, int capacity, const std::int32_t *items, std::size_t count) {
#ifdef CLADOGEN_HAS_AVX2_TARGET
  if (__builtin_cpu_supports("avx2")) return packed_avx2(ranks, capacity, items, count);
#endif
  return packed(ranks, capacity, items, count);
}

}  // namespace cladogen
