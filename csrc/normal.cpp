// Clade counters and Thompson draws for values without a range.
#include "normal.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

namespace cladogen {

namespace {

Sums with(Sums sums, double failures, double worst) {
  return {sums.count + failures, sums.total + failures * worst, sums.squares + failures * worst * worst};
}

}  // namespace

void NormalTree::add(std::int64_t number, std::int64_t parent) {
  if (parent >= number) throw std::invalid_argument("add: a parent has a lower number than its child");
  if (static_cast<std::size_t>(number) >= nodes_.size()) nodes_.resize(number + 1);
  nodes_[number].parent = static_cast<std::int32_t>(parent);
  if (cases_ > 0) unfinished_.put(number, {});
  place(number);
}

void NormalTree::place(std::int64_t number) {
  const Node &node = nodes_[number];
  if (node.ran || node.own.count >= static_cast<double>(trials_)) {
    parents_.put(number, judged(number));
  } else {
    parents_.remove(number);
  }
}

void NormalTree::record(std::int64_t number, double count, double total, double squares, bool ran) {
  Node &node = nodes_[number];
  const Sums more{count - node.own.count, total - node.own.total, squares - node.own.squares};
  node.own = {count, total, squares};
  node.ran = ran;
  seen_ = {seen_.count + more.count, seen_.total + more.total, seen_.squares + more.squares};
  for (std::int64_t up = number; up >= 0; up = nodes_[up].parent) {
    Sums &clade = nodes_[up].clade;
    clade = {clade.count + more.count, clade.total + more.total, clade.squares + more.squares};
    if (up == number || (by_clade_ && parents_.holds(up))) place(up);
  }
  if (count < static_cast<double>(cases_)) {
    unfinished_.put(number, node.own);
  } else {
    unfinished_.remove(number);
  }
  rescale();
}

// Buckets are as wide as values spread; when that has doubled or halved, they are made anew.
void NormalTree::rescale() {
  const double spread = std::sqrt(prior().variance);
  if (!std::isfinite(spread) || (spread <= 2 * unit_ && spread >= 0.5 * unit_)) return;
  unit_ = spread;
  parents_.rescale(unit_, [this](std::int64_t arm) { return judged(arm); });
  unfinished_.rescale(unit_, [this](std::int64_t arm) { return nodes_[arm].own; });
}

void NormalTree::penalize(std::int64_t number, std::int64_t failures) {
  nodes_[number].penalty = static_cast<std::int32_t>(std::min<std::int64_t>(failures, 1 << 30));
  if (failures > 0) {
    penalized_.insert(static_cast<std::int32_t>(number));
  } else {
    penalized_.erase(static_cast<std::int32_t>(number));
  }
}

void NormalTree::fly(std::int64_t number, std::int64_t by, bool measure) {
  if (measure) bump(measuring_, number, by);
  bump(flying_, number, by);
  for (std::int64_t up = number; up >= 0; up = by_clade_ ? nodes_[up].parent : -1)
    nodes_[up].flying += static_cast<std::int32_t>(by);
}

Prior NormalTree::prior() const {
  const double seen = std::max(seen_.count, 1.0), mean = seen_.total / seen;
  const double spread = seen_.squares / seen - mean * mean;
  return {mean, spread > 0 ? spread : 1.0};
}

std::int64_t NormalTree::draw_parent(double tau, double worst, std::uint64_t seed) const {
  Random random(seed);
  Champion champion;
  const auto apart = [this](std::int64_t arm) { return nodes_[arm].flying != 0 || nodes_[arm].penalty != 0; };
  const auto sums_of = [this](std::int64_t arm) { return judged(arm); };
  parents_.challenge(tau, prior(), apart, sums_of, random, champion);
  // Virtual failures count as the worst value there is by now, which no bucket knows: those who have any come last.
  const auto above = [this](std::int32_t number) { return by_clade_ ? nodes_[number].parent : -1; };
  const std::vector<std::int32_t> flying = aloft(flying_, above);
  std::vector<std::int32_t> late;
  std::set_union(flying.begin(), flying.end(), penalized_.begin(), penalized_.end(), std::back_inserter(late));
  for (const std::int32_t number : late) {
    if (!parents_.holds(number)) continue;
    const double failures = nodes_[number].penalty + nodes_[number].flying;
    challenge(number, with(judged(number), failures, worst), tau, prior(), 1.0, random, champion);
  }
  return champion.arm;
}

std::int64_t NormalTree::draw_measure(double tau, double worst, std::uint64_t seed) const {
  Random random(seed);
  Champion champion;
  const auto apart = [this](std::int64_t arm) { return measuring_.count(arm) != 0; };
  const auto sums_of = [this](std::int64_t arm) { return nodes_[arm].own; };
  unfinished_.challenge(tau, prior(), apart, sums_of, random, champion);
  for (const auto &[number, count] : measuring_) {
    const auto failures = static_cast<double>(count);
    if (nodes_[number].own.count + failures >= static_cast<double>(cases_)) continue;
    challenge(number, with(nodes_[number].own, failures, worst), tau, prior(), 1.0, random, champion);
  }
  return champion.arm;
}

}  // namespace cladogen
