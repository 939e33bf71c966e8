// Programs in the order of fitness, by rank. Reference: cladogen.kernels.ranks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cladogen {

// Blocks of sorted entries, each split when it is full: a rank is found by walking over the blocks' sizes.
class Ranking {
 public:
  void insert(std::int64_t number, double fitness);
  bool remove(std::int64_t number, double fitness);  // false when it is not there
  std::int64_t at(std::int64_t place) const;         // -1 beyond the end
  std::int64_t size() const { return size_; }
  // A number to draw with weight exp((fitness - best) / heat), and the chance (at least a half) to accept it with: the
  // one under the share `where` when each weighs as much as the best of its bucket; -1 when there are none.
  std::pair<std::int64_t, double> propose(double heat, double where) const;

  template <class State>
  void fields(State &state) {
    state(blocks_, size_);
  }

 private:
  struct Entry {
    double loss;  // -fitness: the best come first, the older among equals
    std::int32_t number;
    bool operator<(const Entry &other) const {
      return loss != other.loss ? loss < other.loss : number < other.number;
    }
  };
  // Numbers that weigh between `bound` and half of it; `before` is what earlier buckets weigh at their bounds.
  struct Bucket {
    double before, bound, loss;
    std::int64_t first, count;
  };
  std::size_t block_of(const Entry &entry) const;
  const Entry &entry_at(std::int64_t place) const;
  std::vector<Bucket> buckets(double heat) const;
  std::vector<std::vector<Entry>> blocks_;
  std::int64_t size_ = 0;
};

}  // namespace cladogen
