// UCT over a lineage.
#include "uct.hpp"

#include <cmath>
#include <limits>

namespace cladogen {

void UctTree::add(std::int64_t number, std::int64_t parent) {
  if (static_cast<std::size_t>(number) >= nodes_.size()) nodes_.resize(number + 1);
  Node &node = nodes_[number];
  node.parent = static_cast<std::int32_t>(parent);
  if (parent < 0) {
    node.next = root_;
    root_ = static_cast<std::int32_t>(number);
  } else {
    node.next = nodes_[parent].first;
    nodes_[parent].first = static_cast<std::int32_t>(number);
    ++nodes_[parent].children;
  }
}

void UctTree::visit(std::int64_t number, double value) {
  ++visits_;
  for (std::int64_t up = number; up >= 0; up = nodes_[up].parent) {
    ++nodes_[up].visits;
    nodes_[up].total += value;
  }
}

void UctTree::amend(std::int64_t number, double change) {
  for (std::int64_t up = number; up >= 0; up = nodes_[up].parent) nodes_[up].total += change;
}

void UctTree::fly(std::int64_t number, std::int64_t by) {
  flying_[number].here += by;
  for (std::int64_t up = number; up >= 0; up = nodes_[up].parent) {
    const auto at = flying_.emplace(up, Flying{}).first;
    at->second.below += by;
    if (at->second.below == 0 && at->second.here == 0) flying_.erase(at);
  }
}

UctTree::Flying UctTree::flying(std::int64_t number) const {
  if (flying_.empty()) return {};
  const auto found = flying_.find(number);
  return found == flying_.end() ? Flying{} : found->second;
}

UctTree::Choice UctTree::best_of(std::int32_t first, double above, int depth, double low, double high) const {
  const double range = high > low ? high - low : 1.0, log_above = std::log(above + 1);
  const double shift = bonus_ * std::exp(-decay_ * (depth - 1)) - cost_ * std::sqrt(static_cast<double>(depth));
  Choice best{-1, -std::numeric_limits<double>::infinity()};
  for (std::int32_t child = first; child >= 0; child = nodes_[child].next) {
    // Work in flight is a visit worth the lowest value.
    const double visits = static_cast<double>(nodes_[child].visits + flying(child).below);
    const double mean = visits > 0 ? (nodes_[child].total - nodes_[child].visits * low) / (range * visits) : 0.0;
    const double bound = mean + explore_ * std::sqrt(log_above / (visits + 1)) + shift;
    if (bound > best.bound) best = {child, bound};
  }
  return best;
}

std::int64_t UctTree::select(double low, double high) const {
  Choice at = best_of(root_, static_cast<double>(visits_), 1, low, high);
  for (int depth = 2; at.number >= 0; ++depth) {
    const Node &here = nodes_[at.number];
    if (here.first < 0) break;
    const Flying away = flying(at.number);
    const double visits = static_cast<double>(here.visits + away.below);
    const Choice next = best_of(here.first, visits, depth, low, high);
    const bool open = static_cast<double>(here.children + away.here) < widen_ * std::sqrt(visits);
    if (open && next.bound <= at.bound) break;
    at = next;
  }
  return at.number;
}

}  // namespace cladogen
