// A binary tree of sums for drawing a number in proportion to its weight. Reference: cladogen.kernels.sums.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cladogen {

// Inner nodes are always recomputed from their two children, never added to: the sums are a function of the weights
// alone, whatever the history, and do not drift.
class SumTree {
 public:
  void set(std::int64_t number, double weight);
  double get(std::int64_t number) const;
  double total() const { return tree_.size() > 1 ? tree_[1] : 0.0; }
  // The number under the share `where` (in [0, 1)) of the total; -1 when all weights are zero.
  std::int64_t find(double where) const;
  void assign(const double *weights, std::size_t count);

  template <class State>
  void fields(State &state) {
    state(leaves_, tree_);
  }

 private:
  void reserve(std::size_t count);
  std::size_t leaves_ = 0;
  std::vector<double> tree_;
};

}  // namespace cladogen
