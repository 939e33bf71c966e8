// Programs in the order of fitness, by rank.
#include "ranks.hpp"

#include <algorithm>
#include <cmath>

namespace cladogen {

namespace {
constexpr std::size_t kFull = 1024;

std::size_t find(const std::vector<double> &sums, double target) {
  const auto found = std::upper_bound(sums.begin(), sums.end(), target);
  return found == sums.end() ? sums.size() - 1 : static_cast<std::size_t>(found - sums.begin());
}

}  // namespace

std::size_t Ranking::block_of(const Entry &entry) const {
  // The first block whose last entry is not before this one.
  std::size_t low = 0, high = blocks_.size() - 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (blocks_[middle].back() < entry) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void Ranking::insert(std::int64_t number, double fitness) {
  const Entry entry{-fitness, static_cast<std::int32_t>(number)};
  ++size_;
  if (blocks_.empty()) {
    blocks_.push_back({entry});
    return;
  }
  const std::size_t at = block_of(entry);
  auto &block = blocks_[at];
  block.insert(std::lower_bound(block.begin(), block.end(), entry), entry);
  if (block.size() < kFull) return;
  std::vector<Entry> upper(block.begin() + kFull / 2, block.end());
  block.resize(kFull / 2);
  block.shrink_to_fit();
  blocks_.insert(blocks_.begin() + at + 1, std::move(upper));
}

bool Ranking::remove(std::int64_t number, double fitness) {
  if (blocks_.empty()) return false;
  const Entry entry{-fitness, static_cast<std::int32_t>(number)};
  const std::size_t at = block_of(entry);
  auto &block = blocks_[at];
  const auto found = std::lower_bound(block.begin(), block.end(), entry);
  if (found == block.end() || entry < *found) return false;
  block.erase(found);
  if (block.empty()) blocks_.erase(blocks_.begin() + at);
  --size_;
  return true;
}

std::int64_t Ranking::at(std::int64_t place) const {
  if (place < 0 || place >= size_) return -1;
  auto left = static_cast<std::size_t>(place);
  for (const auto &block : blocks_) {
    if (left < block.size()) return block[left].number;
    left -= block.size();
  }
  return -1;
}

std::int64_t Ranking::draw(double heat, double where) const {
  if (size_ == 0) return -1;
  const double best = blocks_.front().front().loss;
  std::vector<double> sums;
  std::vector<std::int32_t> numbers;
  double sum = 0;
  for (const auto &block : blocks_) {
    for (const Entry &entry : block) {
      const double fall = (entry.loss - best) / heat;
      const auto left = static_cast<double>(size_) - static_cast<double>(sums.size());
      // What is left weighs nothing that a double could tell.
      if (left * std::exp(-fall) < 1e-16) return numbers[find(sums, where * sum)];
      sums.push_back(sum += std::exp(-fall));
      numbers.push_back(entry.number);
    }
  }
  return numbers[find(sums, where * sum)];
}

}  // namespace cladogen
