// A binary tree of sums for drawing a number in proportion to its weight.
#include "sums.hpp"

#include <algorithm>

namespace cladogen {

void SumTree::reserve(std::size_t count) {
  if (count <= leaves_) return;
  std::size_t leaves = std::max<std::size_t>(leaves_, 16);
  while (leaves < count) leaves *= 2;
  std::vector<double> tree(2 * leaves, 0.0);
  if (leaves_) std::copy(tree_.begin() + leaves_, tree_.end(), tree.begin() + leaves);
  for (std::size_t node = leaves - 1; node >= 1; --node) tree[node] = tree[2 * node] + tree[2 * node + 1];
  tree_.swap(tree);
  leaves_ = leaves;
}

void SumTree::set(std::int64_t number, double weight) {
  reserve(static_cast<std::size_t>(number) + 1);
  std::size_t node = leaves_ + static_cast<std::size_t>(number);
  tree_[node] = weight;
  for (node /= 2; node >= 1; node /= 2) tree_[node] = tree_[2 * node] + tree_[2 * node + 1];
}

double SumTree::get(std::int64_t number) const {
  return static_cast<std::size_t>(number) < leaves_ ? tree_[leaves_ + static_cast<std::size_t>(number)] : 0.0;
}

std::int64_t SumTree::find(double where) const {
  if (!(total() > 0)) return -1;
  double target = where * total();
  std::size_t node = 1;
  while (node < leaves_) {
    const double left = tree_[2 * node], right = tree_[2 * node + 1];
    if (target < left || right <= 0) {
      node = 2 * node;
    } else {
      target -= left;
      node = 2 * node + 1;
    }
  }
  return static_cast<std::int64_t>(node - leaves_);
}

void SumTree::assign(const double *weights, std::size_t count) {
  reserve(count);
  std::copy(weights, weights + count, tree_.begin() + leaves_);
  std::fill(tree_.begin() + leaves_ + count, tree_.end(), 0.0);
  for (std::size_t node = leaves_ - 1; node >= 1; --node) tree_[node] = tree_[2 * node] + tree_[2 * node + 1];
}

}  // namespace cladogen
