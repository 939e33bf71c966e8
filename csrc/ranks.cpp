// Programs in the order of fitness, by rank.
#include "ranks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cladogen {

namespace {
constexpr std::size_t kFull = 1024;
const double kLogTwo = std::log(2.0);
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
  return place < 0 || place >= size_ ? -1 : entry_at(place).number;
}

const Ranking::Entry &Ranking::entry_at(std::int64_t place) const {
  auto left = static_cast<std::size_t>(place);
  std::size_t block = 0;
  while (left >= blocks_[block].size()) left -= blocks_[block++].size();
  return blocks_[block][left];
}

std::vector<Ranking::Bucket> Ranking::buckets(double heat) const {
  std::vector<Bucket> found;
  std::size_t block = 0, at = 0;
  std::int64_t place = 0;
  double sum = 0;
  while (block < blocks_.size()) {
    const double loss = blocks_[block][at].loss;
    const double bound = std::exp((blocks_.front().front().loss - loss) / heat);
    // What is left weighs nothing that a double could tell.
    if (static_cast<double>(size_ - place) * bound < 1e-16) break;
    const Entry last{loss + heat * kLogTwo, std::numeric_limits<std::int32_t>::max()};
    const std::int64_t first = place;
    for (; block < blocks_.size() && !(last < blocks_[block].back()); ++block, at = 0)
      place += static_cast<std::int64_t>(blocks_[block].size() - at);
    if (block < blocks_.size()) {
      const auto from = blocks_[block].begin() + static_cast<std::ptrdiff_t>(at);
      const auto passed = std::upper_bound(from, blocks_[block].end(), last) - from;
      place += passed;
      at += static_cast<std::size_t>(passed);
    }
    found.push_back({sum, bound, loss, first, place - first});
    sum += static_cast<double>(place - first) * bound;
  }
  return found;
}

std::pair<std::int64_t, double> Ranking::propose(double heat, double where) const {
  if (size_ == 0) return {-1, 0.0};
  const std::vector<Bucket> all = buckets(heat);
  const double target = where * (all.back().before + static_cast<double>(all.back().count) * all.back().bound);
  std::size_t at = 0;
  while (at + 1 < all.size() && all[at + 1].before <= target) ++at;
  const Bucket &bucket = all[at];
  const auto step = static_cast<std::int64_t>((target - bucket.before) / bucket.bound);
  const Entry &entry = entry_at(bucket.first + std::min(step, bucket.count - 1));
  return {entry.number, std::exp((bucket.loss - entry.loss) / heat)};
}

}  // namespace cladogen
