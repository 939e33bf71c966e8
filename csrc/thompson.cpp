// Thompson sampling over many Beta arms without visiting every arm.
#include "thompson.hpp"

#include <algorithm>
#include <cmath>

namespace cladogen {

namespace {

std::uint64_t rotated(std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

// The bucket of some counts: their total's power of two, then steps of a quarter of its square root.
std::int64_t key_of(Counts counts) {
  const std::int64_t total = (counts.successes + counts.failures) / kOne;
  std::int64_t level = 0;
  while ((total + 1) >> (level + 1)) ++level;
  const auto step = std::max<std::int64_t>(1, static_cast<std::int64_t>(0.25 * kOne * std::sqrt(std::exp2(level))));
  return (level << 56) | ((counts.successes / step) << 28) | (counts.failures / step);
}

double chernoff(double a, double b, double constant, const Champion &champion) {
  return std::exp(std::min(0.0, constant + a * champion.log_draw + b * champion.log_rest));
}

double constant_of(double a, double b) { return -a * std::log(a / (a + b)) - b * std::log(b / (a + b)); }

// Successes among `trials` at chance p, where trials * p is small.
std::int64_t binomial(std::int64_t trials, double p, Random &random) {
  if (p >= 1) return trials;
  double u = random.uniform();
  if (u >= static_cast<double>(trials) * p) return 0;  // (1-p)^trials >= 1 - trials p: no need of a logarithm
  std::int64_t found = 0;
  const double log_q = std::log1p(-p);
  double position = 0;
  while (true) {
    position += std::floor(std::log1p(-u) / log_q) + 1;
    if (!(position <= static_cast<double>(trials))) return found;
    ++found;
    u = random.uniform();
  }
}

double shape(std::int64_t count) { return 1 + static_cast<double>(count) / kOne; }

}  // namespace

Random::Random(std::uint64_t seed) {
  for (auto &word : state_) {
    seed += 0x9E3779B97F4A7C15u;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    word = z ^ (z >> 31);
  }
}

std::uint64_t Random::next() {
  const std::uint64_t result = rotated(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotated(state_[3], 45);
  return result;
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Random::normal() {
  while (true) {
    const double u = 2 * uniform() - 1, v = 2 * uniform() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
  }
}

// Marsaglia and Tsang (2000).
double Random::gamma(double shape) {
  if (shape < 1) return gamma(shape + 1) * std::pow(1.0 - uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

void challenge(std::int64_t arm, double a, double b, double passed, Random &random, Champion &champion) {
  const double t = champion.draw, mean = a / (a + b);
  if (t <= mean) {  // the bound is 1: the plain draw decides
    const double x = random.gamma(a), y = random.gamma(b);
    if (x / (x + y) > t) champion.become(arm, x / (x + y));
    return;
  }
  const double bound = chernoff(a, b, constant_of(a, b), champion);
  if (random.uniform() * passed >= bound) return;
  const double tilt = (t - mean) / (t * (1 - t));
  const double x = random.gamma(a) / (1 - tilt * (1 - t)), y = random.gamma(b) / (1 + tilt * t);
  const double above = (1 - t) * x - t * y;
  if (above > 0 && random.uniform() < std::exp(-tilt * above)) champion.become(arm, x / (x + y));
}

void Champion::become(std::int64_t new_arm, double new_draw) {
  arm = new_arm;
  draw = new_draw;
  log_draw = std::log(draw);
  log_rest = std::log1p(-draw);
}

bool BetaArms::holds(std::int64_t arm) const {
  return static_cast<std::size_t>(arm) < places_.size() && places_[arm].bucket >= 0;
}

void BetaArms::put(std::int64_t arm, Counts counts) {
  if (static_cast<std::size_t>(arm) >= places_.size()) {
    places_.resize(arm + 1);
    counts_.resize(arm + 1);
  }
  const std::int64_t key = key_of(counts);
  counts_[arm] = counts;
  if (places_[arm].bucket >= 0 && buckets_[places_[arm].bucket].key != key) remove(arm);
  if (places_[arm].bucket < 0) {
    auto found = by_key_.find(key);
    if (found == by_key_.end()) {
      std::int32_t at = static_cast<std::int32_t>(buckets_.size());
      if (free_.empty()) {
        buckets_.emplace_back();
      } else {
        at = free_.back();
        free_.pop_back();
      }
      buckets_[at].key = key;
      buckets_[at].a = 1;
      buckets_[at].b = HUGE_VAL;
      found = by_key_.emplace(key, at).first;
    }
    auto &arms = buckets_[found->second].arms;
    places_[arm] = {found->second, static_cast<std::int32_t>(arms.size())};
    arms.push_back(static_cast<std::int32_t>(arm));
    ++size_;
  }
  Bucket &bucket = buckets_[places_[arm].bucket];
  const double a = shape(counts.successes), b = shape(counts.failures);
  if (a > bucket.a || b < bucket.b || bucket.arms.size() == 1) {
    const bool alone = bucket.arms.size() == 1;
    bucket.a = alone ? a : std::max(bucket.a, a);
    bucket.b = alone ? b : std::min(bucket.b, b);
    bucket.constant = constant_of(bucket.a, bucket.b);
    bucket.mean = bucket.a / (bucket.a + bucket.b);
    bucket.deviation = std::sqrt(bucket.mean * (1 - bucket.mean) / (bucket.a + bucket.b));
  }
}

void BetaArms::remove(std::int64_t arm) {
  if (!holds(arm)) return;
  const Place place = places_[arm];
  Bucket &bucket = buckets_[place.bucket];
  bucket.arms[place.position] = bucket.arms.back();
  places_[bucket.arms[place.position]].position = place.position;
  bucket.arms.pop_back();
  places_[arm].bucket = -1;
  --size_;
  if (bucket.arms.empty()) {
    by_key_.erase(bucket.key);
    free_.push_back(place.bucket);
    std::vector<std::int32_t>().swap(bucket.arms);
  }
}

std::size_t BetaArms::memory() const {
  std::size_t bytes = places_.capacity() * sizeof(Place) + counts_.capacity() * sizeof(Counts);
  for (const Bucket &bucket : buckets_) bytes += sizeof(Bucket) + bucket.arms.capacity() * sizeof(std::int32_t);
  return bytes;
}

void BetaArms::visit(const Bucket &bucket, double tau, const Apart &apart, Random &random, Champion &champion) const {
  const auto size = static_cast<std::int64_t>(bucket.arms.size());
  const double a = tau * bucket.a, b = tau * bucket.b, constant = tau * bucket.constant;
  std::vector<std::int64_t> drawn;
  for (std::int64_t start = 0; start < size;) {
    const Champion before = champion;
    const double passed = before.draw > bucket.mean ? chernoff(a, b, constant, before) : 1.0;
    // As many arms at once as let a few pass; then the champion is better, and more can be taken.
    const double many = 4 / std::max(passed, 1e-18);
    const std::int64_t chunk = many < static_cast<double>(size - start) ? static_cast<std::int64_t>(many) : size - start;
    std::int64_t left = binomial(chunk, passed, random);
    drawn.clear();
    while (left > 0) {
      const auto at = passed >= 1 ? start + left - 1
                                  : start + static_cast<std::int64_t>(random.uniform() * static_cast<double>(chunk));
      if (std::find(drawn.begin(), drawn.end(), at) != drawn.end()) continue;
      drawn.push_back(at);
      --left;
    }
    for (const std::int64_t at : drawn) {
      const std::int64_t arm = bucket.arms[at];
      if (apart.count(arm)) continue;
      Champion against = before;
      cladogen::challenge(arm, tau * shape(counts_[arm].successes), tau * shape(counts_[arm].failures), passed, random,
                          against);
      if (against.draw > champion.draw) champion = against;
    }
    start += chunk;
  }
}

void BetaArms::challenge(double tau, const Apart &apart, Random &random, Champion &champion) const {
  // The buckets that promise most come first, so that the champion is hard to beat when all others come.
  constexpr std::size_t kFirst = 8;
  std::vector<std::pair<double, std::size_t>> promise;
  for (std::size_t at = 0; at < buckets_.size(); ++at) {
    const Bucket &bucket = buckets_[at];
    if (bucket.arms.empty()) continue;
    const double reach = 1.4 * (1 + std::ilogb(static_cast<double>(bucket.arms.size()))) / tau;
    promise.emplace_back(-(bucket.mean + bucket.deviation * std::sqrt(reach)), at);
  }
  const std::size_t first = std::min(kFirst, promise.size());
  std::nth_element(promise.begin(), promise.begin() + (first ? first - 1 : 0), promise.end());
  std::sort(promise.begin(), promise.begin() + first);
  for (std::size_t turn = 0; turn < promise.size(); ++turn) {
    visit(buckets_[promise[turn].second], tau, apart, random, champion);
  }
}

}  // namespace cladogen
