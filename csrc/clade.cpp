// The counters of clade metaproductivity over a tree of programs.
#include "clade.hpp"

#include <algorithm>
#include <stdexcept>

namespace cladogen {

namespace {

double shape(std::int64_t count) { return 1 + static_cast<double>(count) / kOne; }

}  // namespace

bool CladeTree::eligible(std::int64_t number) const {
  const Counts &own = nodes_[number].own;
  return own.successes > 0 || own.failures >= trials_;
}

Counts CladeTree::judged(std::int64_t number) const {
  const Node &node = nodes_[number];
  Counts counts = by_clade_ ? node.clade : node.own;
  counts.failures += node.penalty * kOne;
  return counts;
}

void CladeTree::place(std::int64_t number) {
  if (eligible(number)) {
    parents_.put(number, judged(number));
  } else {
    parents_.remove(number);
  }
}

void CladeTree::add(std::int64_t number, std::int64_t parent) {
  if (parent >= number) throw std::invalid_argument("add: a parent has a lower number than its child");
  if (static_cast<std::size_t>(number) >= nodes_.size()) nodes_.resize(number + 1);
  nodes_[number].parent = static_cast<std::int32_t>(parent);
  unfinished_.put(number, {});
  place(number);
}

void CladeTree::record(std::int64_t number, std::int64_t successes, std::int64_t failures, std::int64_t measured) {
  Node &node = nodes_[number];
  const Counts more{successes - node.own.successes, failures - node.own.failures};
  node.own = {successes, failures};
  node.measured = static_cast<std::int32_t>(measured);
  for (std::int64_t up = number; up >= 0; up = nodes_[up].parent) {
    Node &above = nodes_[up];
    above.clade.successes += more.successes;
    above.clade.failures += more.failures;
    if (up == number || (by_clade_ && parents_.holds(up))) place(up);
  }
  if (measured < cases_) {
    unfinished_.put(number, node.own);
  } else {
    unfinished_.remove(number);
  }
}

void CladeTree::penalize(std::int64_t number, std::int64_t failures) {
  nodes_[number].penalty = static_cast<std::int32_t>(std::min<std::int64_t>(failures, 1 << 30));
  place(number);
}

void CladeTree::fly(std::int64_t number, std::int64_t by, bool measure) {
  if (measure) bump(measuring_, number, by);
  bump(flying_, number, by);
  for (std::int64_t up = number; up >= 0; up = by_clade_ ? nodes_[up].parent : -1)
    nodes_[up].flying += static_cast<std::int32_t>(by);
}

std::int64_t CladeTree::draw_parent(double tau, std::uint64_t seed) const {
  Random random(seed);
  Champion champion;
  const std::vector<std::int32_t> flying =
      aloft(flying_, [this](std::int32_t number) { return by_clade_ ? nodes_[number].parent : -1; });
  // A short list stays in the processor's cache; the nodes themselves would not.
  const auto apart = [&](std::int64_t arm) {
    return std::binary_search(flying.begin(), flying.end(), static_cast<std::int32_t>(arm));
  };
  parents_.challenge(tau, apart, random, champion);
  // Those with work in flight come last, when the champion is hard to beat: few need a draw.
  for (const std::int32_t number : flying) {
    if (!parents_.holds(number)) continue;
    const Counts counts = judged(number);
    const std::int64_t failures = counts.failures + nodes_[number].flying * kOne;
    challenge(number, tau * shape(counts.successes), tau * shape(failures), 1.0, random, champion);
  }
  return champion.arm;
}

std::int64_t CladeTree::draw_measure(double tau, std::uint64_t seed) const {
  Random random(seed);
  Champion champion;
  unfinished_.challenge(tau, [this](std::int64_t arm) { return measuring_.count(arm) != 0; }, random, champion);
  for (const auto &[number, flying] : measuring_) {
    if (nodes_[number].measured + flying >= cases_) continue;
    const Counts &own = nodes_[number].own;
    challenge(number, tau * shape(own.successes), tau * shape(own.failures + flying * kOne), 1.0, random, champion);
  }
  return champion.arm;
}

std::size_t CladeTree::memory() const {
  return nodes_.capacity() * sizeof(Node) + parents_.memory() + unfinished_.memory();
}

}  // namespace cladogen
