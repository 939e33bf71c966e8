// Programs in the order of fitness, by rank. Twin: cladogen.kernels.ranks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cladogen {

// Blocks of sorted entries, each split when it is full: a rank is found by walking over the blocks' sizes.
class Ranking {
 public:
  void insert(std::int64_t number, double fitness);
  bool remove(std::int64_t number, double fitness);  // false when it is not there
  std::int64_t at(std::int64_t place) const;         // -1 beyond the end
  std::int64_t size() const { return size_; }
  // The number under the share `where` of the weights exp((fitness - best) / heat); -1 when there are none.
  std::int64_t draw(double heat, double where) const;

 private:
  struct Entry {
    double loss;  // -fitness: the best come first, the older among equals
    std::int32_t number;
    bool operator<(const Entry &other) const {
      return loss != other.loss ? loss < other.loss : number < other.number;
    }
  };
  std::size_t block_of(const Entry &entry) const;
  std::vector<std::vector<Entry>> blocks_;
  std::int64_t size_ = 0;
};

}  // namespace cladogen
