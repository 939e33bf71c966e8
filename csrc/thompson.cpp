// Thompson sampling (Thompson, Biometrika 25, 1933) over many Beta arms without visiting every arm.
//
// Let X ~ Beta(a, b) be an arm's draw, m = a/(a+b) its mean and t > m the largest draw so far. X is G/(G+H) of a
// Gamma(a) and a Gamma(b) variable, so X > t says that s = (1-t) G - t H > 0.
//
//   bound    For every theta > 0, P(s > 0) <= E exp(theta s) = (1 - theta(1-t))^-a (1 + theta t)^-b. It is least at
//            theta = (t-m) / (t(1-t)), where it is B = (t/m)^a ((1-t)/(1-m))^b (Chernoff, Ann. Math. Stat. 23, 1952).
//            Each factor grows with a and falls with b, so B at the largest a and the smallest b bounds a whole bucket.
//   tilt     Draw G ~ Gamma(a) / (1 - theta(1-t)) and H ~ Gamma(b) / (1 + theta t) instead. The true density is then
//            B exp(-theta s) times the one drawn from (Siegmund, Ann. Stat. 4, 1976). An arm that passes with chance B
//            and whose s > 0 is accepted with chance exp(-theta s) is accepted with chance P(X > t) in all, and what is
//            accepted is distributed as X given X > t. No draw of it is an approximation.
//   skip     Arms of a bucket pass its bound p independently: the k-th is the first with chance p (1-p)^(k-1). As with
//            the arrivals of a Poisson process it is the one where the sum of hazards -ln(1-p) reaches an Exp(1)
//            variable (Devroye, Non-Uniform Random Variate Generation, 1986, chapters V and X), so one variable counts
//            down through all buckets. An arm that passed p passes its own bound B with chance B/p.
//   promise  The largest of n draws lies near m + sqrt(2 ln(n) v), with v the variance m(1-m)/(a+b).
//
// Visiting the buckets in another order changes how much is skipped, never the distribution of the winner.
#include "thompson.hpp"

#include <algorithm>
#include <cmath>

namespace cladogen {

namespace {

std::uint64_t rotated(std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

// The bucket of some counts: their total's power of two, then steps in proportion to its square root.
std::int64_t key_of(Counts counts) {
  const std::int64_t total = (counts.successes + counts.failures) / kOne;
  std::int64_t level = 0;
  while ((total + 1) >> (level + 1)) ++level;
  const auto step = static_cast<std::int64_t>(0.7 * kOne * std::sqrt(std::exp2(level)));
  return (level << 56) | ((counts.successes / step) << 28) | (counts.failures / step);
}

double chernoff(double a, double b, double constant, const Champion &champion) {
  return std::exp(std::min(0.0, constant + a * champion.log_draw + b * champion.log_rest));
}

double constant_of(double a, double b) { return -a * std::log(a / (a + b)) - b * std::log(b / (a + b)); }

double shape(std::int64_t count) { return 1 + static_cast<double>(count) / kOne; }

}  // namespace

// SplitMix64: Steele, Lea and Flood, OOPSLA (2014).
Random::Random(std::uint64_t seed) {
  for (auto &word : state_) {
    seed += 0x9E3779B97F4A7C15u;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    word = z ^ (z >> 31);
  }
}

// xoshiro256++: Blackman and Vigna, ACM Trans. Math. Softw. 47 (2021).
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

// The polar method: Marsaglia and Bray, SIAM Review 6 (1964).
double Random::normal() {
  while (true) {
    const double u = 2 * uniform() - 1, v = 2 * uniform() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
  }
}

// Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000).
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
    if (found == by_key_.end()) found = by_key_.emplace(key, fresh(key)).first;
    auto &arms = buckets_[found->second].arms;
    places_[arm] = {found->second, static_cast<std::int32_t>(arms.size())};
    arms.push_back(static_cast<std::int32_t>(arm));
    ++size_;
  }
  const auto at = static_cast<std::size_t>(places_[arm].bucket);
  Corner &corner = corners_[at];
  const bool alone = buckets_[at].arms.size() == 1;
  const double a = shape(counts.successes), b = shape(counts.failures);
  if (a > corner.a || b < corner.b || alone) {
    corner.a = alone ? a : std::max(corner.a, a);
    corner.b = alone ? b : std::min(corner.b, b);
    corner.constant = constant_of(corner.a, corner.b);
    corner.mean = corner.a / (corner.a + corner.b);
  }
  promise(at);
}

std::int32_t BetaArms::fresh(std::int64_t key) {
  auto at = static_cast<std::int32_t>(buckets_.size());
  if (free_.empty()) {
    buckets_.emplace_back();
    corners_.emplace_back();
    promises_.emplace_back();
  } else {
    at = free_.back();
    free_.pop_back();
  }
  buckets_[at].key = key;
  corners_[at] = {0, HUGE_VAL, 0, 0};
  return at;
}

void BetaArms::promise(std::size_t at) {
  const Corner &corner = corners_[at];
  const std::size_t size = buckets_[at].arms.size();
  if (size == 0) {
    promises_[at] = -1;
    return;
  }
  const double variance = corner.mean * (1 - corner.mean) / (corner.a + corner.b);
  promises_[at] = static_cast<float>(corner.mean + std::sqrt(1.4 * (1 + std::ilogb(static_cast<double>(size))) * variance));
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
  promise(place.bucket);
  if (bucket.arms.empty()) {
    by_key_.erase(bucket.key);
    free_.push_back(place.bucket);
    std::vector<std::int32_t>().swap(bucket.arms);
  }
}

std::size_t BetaArms::memory() const {
  std::size_t bytes = places_.capacity() * sizeof(Place) + counts_.capacity() * sizeof(Counts);
  for (const Bucket &bucket : buckets_)
    bytes += sizeof(Bucket) + sizeof(Corner) + sizeof(float) + bucket.arms.capacity() * sizeof(std::int32_t);
  return bytes;
}

// One draw over all arms: `left` is how much hazard remains until the next arm passes its bucket's bound.
struct BetaArms::Scan {
  double tau;
  const Apart &apart;
  Random &random;
  Champion &champion;
  double left;
};

double BetaArms::exponent(const Corner &corner, const Scan &scan) {
  return scan.tau * (corner.constant + corner.a * scan.champion.log_draw + corner.b * scan.champion.log_rest);
}

bool BetaArms::hopeless(const Corner &corner, const Scan &scan) {
  return scan.champion.draw > corner.mean && exponent(corner, scan) < -60;  // 1e-26: never, as far as doubles tell
}

void BetaArms::visit(std::size_t at, Scan &scan) const {
  const auto &arms = buckets_[at].arms;
  const Corner &corner = corners_[at];
  const auto size = static_cast<double>(arms.size());
  for (double position = 0; position < size; ++position) {
    if (scan.champion.draw > corner.mean) {
      if (hopeless(corner, scan)) return;
      const double passed = std::exp(std::min(0.0, exponent(corner, scan)));
      const double hazard = passed < 1e-9 ? passed : -std::log1p(-std::min(passed, 1 - 1e-15));
      if (scan.left >= hazard * (size - position)) {
        scan.left -= hazard * (size - position);
        return;
      }
      position += std::floor(scan.left / hazard);
      if (position >= size) return;
      scan.left = -std::log1p(-scan.random.uniform());
      consider(arms[static_cast<std::size_t>(position)], passed, scan);
    } else {
      consider(arms[static_cast<std::size_t>(position)], 1.0, scan);
    }
  }
}

void BetaArms::consider(std::int64_t arm, double passed, Scan &scan) const {
  if (scan.apart(arm)) return;
  const Counts &counts = counts_[arm];
  cladogen::challenge(arm, scan.tau * shape(counts.successes), scan.tau * shape(counts.failures), passed, scan.random,
                      scan.champion);
}

void BetaArms::challenge(double tau, const Apart &apart, Random &random, Champion &champion) const {
  // The buckets that promise most come first, so that the champion is hard to beat when all others come.
  constexpr std::size_t kFirst = 6;
  std::size_t first[kFirst];
  std::size_t chosen = 0;
  for (std::size_t at = 0; at < promises_.size(); ++at) {
    if (promises_[at] < 0 || (chosen == kFirst && promises_[at] <= promises_[first[kFirst - 1]])) continue;
    std::size_t place = chosen < kFirst ? chosen++ : kFirst - 1;
    for (; place > 0 && promises_[first[place - 1]] < promises_[at]; --place) first[place] = first[place - 1];
    first[place] = at;
  }
  Scan scan{tau, apart, random, champion, -std::log1p(-random.uniform())};
  for (std::size_t turn = 0; turn < chosen; ++turn) visit(first[turn], scan);
  std::sort(first, first + chosen);
  std::size_t skip = 0;
  for (std::size_t at = 0; at < buckets_.size(); ++at) {
    if (skip < chosen && first[skip] == at) {
      ++skip;
    } else if (promises_[at] >= 0 && !hopeless(corners_[at], scan)) {
      visit(at, scan);
    }
  }
}

}  // namespace cladogen
