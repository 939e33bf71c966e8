// Clade counters and Thompson draws for values without a range.
#include "normal.hpp"

#include <algorithm>
#include <cmath>

namespace cladogen {

namespace {

void bump(std::map<std::int64_t, std::int64_t> &counts, std::int64_t number, std::int64_t by) {
  if ((counts[number] += by) == 0) counts.erase(number);
}

double count_of(const std::map<std::int64_t, std::int64_t> &counts, std::int64_t number) {
  if (counts.empty()) return 0;
  const auto found = counts.find(number);
  return found == counts.end() ? 0.0 : static_cast<double>(found->second);
}

}  // namespace

void NormalTree::add(std::int64_t number, std::int64_t parent) {
  if (static_cast<std::size_t>(number) >= nodes_.size()) nodes_.resize(number + 1);
  nodes_[number].parent = static_cast<std::int32_t>(parent);
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
  }
}

void NormalTree::penalize(std::int64_t number, std::int64_t failures) {
  nodes_[number].penalty = static_cast<std::int32_t>(std::min<std::int64_t>(failures, 1 << 30));
}

void NormalTree::fly(std::int64_t number, std::int64_t by, bool measure) {
  if (measure) bump(measuring_, number, by);
  for (std::int64_t up = number; up >= 0; up = by_clade_ ? nodes_[up].parent : -1) bump(flying_, up, by);
}

NormalGamma NormalTree::posterior(Sums sums) const {
  // The prior is worth one result: the mean and variance of everything seen.
  const double seen = std::max(seen_.count, 1.0), prior = seen_.total / seen;
  const double spread = seen_.squares / seen - prior * prior, variance = spread > 0 ? spread : 1.0;
  const double average = sums.count > 0 ? sums.total / sums.count : prior, away = average - prior;
  const double within = std::max(sums.squares - sums.count * average * average, 0.0);
  return {1 + sums.count, (prior + sums.total) / (1 + sums.count), 1 + 0.5 * sums.count,
          variance + 0.5 * (within + sums.count / (1 + sums.count) * away * away)};
}

void NormalTree::challenge(std::int64_t number, Sums sums, double failures, double tau, double worst, Random &random,
                           Champion &champion) const {
  sums = {sums.count + failures, sums.total + failures * worst, sums.squares + failures * worst * worst};
  const NormalGamma p = posterior(sums);
  const double precision = random.gamma(tau * p.shape) / (tau * p.rate);
  const double draw = p.mean + random.normal() / std::sqrt(tau * p.count * precision);
  if (champion.arm < 0 || draw > champion.draw) {
    champion.arm = number;
    champion.draw = draw;
  }
}

std::int64_t NormalTree::draw_parent(double tau, double worst, std::uint64_t seed) const {
  Random random(seed);
  Champion champion;
  for (std::size_t number = 0; number < nodes_.size(); ++number) {
    const Node &node = nodes_[number];
    if (node.parent == -2 || !(node.ran || node.own.count >= static_cast<double>(trials_))) continue;
    const auto at = static_cast<std::int64_t>(number);
    challenge(at, by_clade_ ? node.clade : node.own, node.penalty + count_of(flying_, at), tau, worst, random, champion);
  }
  return champion.arm;
}

std::int64_t NormalTree::draw_measure(double tau, double worst, std::uint64_t seed) const {
  Random random(seed);
  Champion champion;
  for (std::size_t number = 0; number < nodes_.size(); ++number) {
    const Node &node = nodes_[number];
    const auto at = static_cast<std::int64_t>(number);
    if (node.parent == -2 || node.own.count >= static_cast<double>(cases_)) continue;
    const double flying = count_of(measuring_, at);
    if (node.own.count + flying < static_cast<double>(cases_))
      challenge(at, node.own, flying, tau, worst, random, champion);
  }
  return champion.arm;
}

}  // namespace cladogen
