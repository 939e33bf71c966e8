// Thompson sampling over many Normal-Gamma arms without visiting every arm.
//
// Of n results with mean x and squares about it W, under a prior worth one result of mean m0 and variance v0, the
// posterior (DeGroot, Optimal Statistical Decisions, 1970, section 9.6) has k = 1+n, m = (m0 + n x)/k, shape 1 + n/2
// and rate v0 + (W + n (x-m0)^2 / k)/2. The mean is then m + scale T, with T a Student t of nu = 2 shape degrees of
// freedom and scale^2 = rate/(shape k). tau multiplies the shape: the larger, the narrower.
//
//   bound    Let t be the largest draw so far, z = (t-m)/scale, a = z^2/nu and r = (w-m)/(t-m) >= 1 for a draw w beyond
//            t. The density of T falls from t to w by ((1 + a r^2)/(1+a))^-(nu+1)/2. The logarithm is concave, so that
//            ln((1 + a r^2)/(1+a)) >= a/(1+a) ln(r^2), and the fall is at most r^-kappa with kappa = (nu+1) a/(1+a).
//            Integrated over r > 1: P(T > z) <= f(z) z/(kappa-1), and kappa - 1 = (z^2-1)/(1+a). No Student density is
//            higher than the normal one at 0, f(z) <= (1+a)^-(nu+1)/2 / sqrt(2 pi): `tail_bound`.
//   draw     r = U^(-1/(kappa-1)) has the density (kappa-1) r^-kappa. It is accepted by the ratio of the true density
//            at w to the bounding one. Passing the bound and being accepted has the chance P(T > z), and what is
//            accepted is distributed as the mean given that it exceeds t.
//   skip     As in thompson.cpp. A bucket is bounded by its most favourable corner: the bound falls as m falls, as the
//            scale falls and as nu grows.
#include "normal_arms.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cladogen {

namespace {

constexpr double kPeak = 0.3989422804014327;  // 1/sqrt(2 pi), the peak of no Student t is higher
constexpr double kNear = 4;                   // below this z^2 the bound is not used

double within_of(Sums sums) {
  return sums.count > 0 ? std::max(sums.squares - sums.total * sums.total / sums.count, 0.0) : 0.0;
}

// P(T > z) <= this for a Student t of nu degrees of freedom and z^2 >= 4; falls as z or nu grows.
double tail_bound(double z_squared, double nu) {
  const double beyond = std::sqrt(z_squared) * (nu + z_squared) / (nu * (z_squared - 1));
  return std::min(1.0, kPeak * beyond * std::exp(-0.5 * (nu + 1) * std::log1p(z_squared / nu)));
}

// Whether that bound is below 1e-29, without a logarithm: it is at most 2^(-0.5 (nu - 1) log2(1 + z^2/nu)), and log2 of a
// double is at least its exponent and fraction.
bool hopeless(double z_squared, double nu) {
  const double ratio = 1 + z_squared / nu;
  std::int64_t bits;
  std::memcpy(&bits, &ratio, sizeof bits);
  const double log_ratio = static_cast<double>(bits - (std::int64_t{1023} << 52)) * 0x1p-52;
  return 0.5 * (nu - 1) * log_ratio > 96;
}

double peak(double nu) {
  return std::exp(std::lgamma(0.5 * (nu + 1)) - std::lgamma(0.5 * nu)) / std::sqrt(nu * 3.141592653589793);
}

}  // namespace

NormalGamma posterior(Sums sums, Prior prior) {
  const double average = sums.count > 0 ? sums.total / sums.count : prior.mean, away = average - prior.mean;
  return {1 + sums.count, (prior.mean + sums.total) / (1 + sums.count), 1 + 0.5 * sums.count,
          prior.variance + 0.5 * (within_of(sums) + sums.count / (1 + sums.count) * away * away)};
}

void challenge(std::int64_t arm, Sums sums, double tau, Prior prior, double passed, Random &random,
               Champion &champion) {
  const NormalGamma p = posterior(sums, prior);
  const double nu = 2 * tau * p.shape, scale = std::sqrt(p.rate / (tau * p.shape * p.count));
  const double above = champion.draw - p.mean, z_squared = above * above / (scale * scale);
  if (champion.arm < 0 || above <= 0 || z_squared < kNear) {
    const double draw = p.mean + scale * random.normal() / std::sqrt(random.gamma(0.5 * nu) / (0.5 * nu));
    if (champion.arm < 0 || draw > champion.draw) champion = {arm, draw};
    return;
  }
  if (random.uniform() * passed >= tail_bound(z_squared, nu)) return;
  const double a = z_squared / nu, kappa = (nu + 1) * a / (1 + a);
  const double ratio = std::pow(1 - random.uniform(), -1 / (kappa - 1));
  const double density = -0.5 * (nu + 1) * std::log((1 + a * ratio * ratio) / (1 + a)) + kappa * std::log(ratio);
  if (random.uniform() * kPeak < peak(nu) * std::exp(density)) champion = {arm, p.mean + ratio * above};
}

// Results one by one up to 16 and then two steps to an octave, their mean by two spreads of such a mean, the squares
// about it by octaves: finer buckets bound their arms better but cost a bound each.
std::int64_t NormalArms::key_of(Sums sums, Corner &corner) const {
  const double count = sums.count, average = count > 0 ? sums.total / count : 0;
  const double level = count < 16 ? std::floor(count) : 16 + std::floor(2 * std::log2(count / 16));
  corner.least = count < 16 ? level : 16 * std::exp2((level - 16) / 2);
  corner.most = count < 16 ? level : 16 * std::exp2((level - 15) / 2);
  const double width = 2 * unit_ / std::sqrt(std::max(corner.least, 1.0));
  const double step = std::clamp(std::floor(average / width), -1e6, 1e6);
  corner.low = step > -1e6 ? step * width : -HUGE_VAL;
  corner.high = step < 1e6 ? (step + 1) * width : HUGE_VAL;
  const double square = unit_ * unit_, spread = std::floor(std::log2(1 + within_of(sums) / square));
  corner.within = square * (std::exp2(spread + 1) - 1);
  return (static_cast<std::int64_t>(level) << 40) | (static_cast<std::int64_t>(step + 1e6) << 16) |
         static_cast<std::int64_t>(std::clamp(spread, 0.0, 65535.0));
}

bool NormalArms::holds(std::int64_t arm) const {
  return static_cast<std::size_t>(arm) < places_.size() && places_[arm].bucket >= 0;
}

void NormalArms::put(std::int64_t arm, Sums sums) {
  if (static_cast<std::size_t>(arm) >= places_.size()) places_.resize(arm + 1);
  Corner corner;
  const std::int64_t key = key_of(sums, corner);
  if (places_[arm].bucket >= 0) {
    if (buckets_[places_[arm].bucket].key == key) return;
    remove(arm);
  }
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    auto at = static_cast<std::int32_t>(buckets_.size());
    if (free_.empty()) {
      buckets_.emplace_back();
    } else {
      at = free_.back();
      free_.pop_back();
    }
    buckets_[at].key = key;
    buckets_[at].corner = corner;
    found = by_key_.emplace(key, at).first;
  }
  auto &arms = buckets_[found->second].arms;
  places_[arm] = {found->second, static_cast<std::int32_t>(arms.size())};
  arms.push_back(static_cast<std::int32_t>(arm));
}

void NormalArms::remove(std::int64_t arm) {
  if (!holds(arm)) return;
  const Place place = places_[arm];
  auto &arms = buckets_[place.bucket].arms;
  arms[place.position] = arms.back();
  places_[arms[place.position]].position = place.position;
  arms.pop_back();
  places_[arm].bucket = -1;
  if (arms.empty()) {
    by_key_.erase(buckets_[place.bucket].key);
    free_.push_back(place.bucket);
    std::vector<std::int32_t>().swap(arms);
  }
}

void NormalArms::rescale(double unit, const SumsOf &sums_of) {
  std::vector<std::int64_t> held;
  for (std::size_t arm = 0; arm < places_.size(); ++arm)
    if (places_[arm].bucket >= 0) held.push_back(static_cast<std::int64_t>(arm));
  buckets_.clear();
  free_.clear();
  by_key_.clear();
  std::fill(places_.begin(), places_.end(), Place{});
  unit_ = unit;
  for (const std::int64_t arm : held) put(arm, sums_of(arm));
}

// The most favourable posterior of a bucket: the largest mean and scale, the fewest degrees of freedom.
struct NormalArms::Reach {
  double mean, variance, nu;
  Reach(const Corner &corner, double tau, Prior prior) {
    const double fewer = 1 / (1 + corner.least), more = 1 / (1 + corner.most);
    const double least = prior.mean * fewer + corner.high * (1 - fewer), most = prior.mean * more + corner.high * (1 - more);
    mean = corner.most > 0 ? std::max(least, most) : prior.mean;
    const double low = corner.low - prior.mean, high = corner.high - prior.mean;
    const double away = corner.most > 0 ? (1 - more) * std::max(low * low, high * high) : 0;
    const double shape = 1 + 0.5 * corner.least;
    variance = (prior.variance + 0.5 * (corner.within + away)) / (tau * shape * (1 + corner.least));
    nu = 2 * tau * shape;
  }
  double bound(double draw) const {
    const double z_squared = (draw - mean) * (draw - mean) / variance;
    if (draw <= mean || z_squared < kNear) return 1;
    return hopeless(z_squared, nu) ? 0 : tail_bound(z_squared, nu);
  }
};

// One draw over all arms: `left` is how much hazard remains until the next arm passes its bucket's bound.
struct NormalArms::Scan {
  double tau;
  Prior prior;
  const Apart &apart;
  const SumsOf &sums_of;
  Random &random;
  Champion &champion;
  double left;
};

void NormalArms::visit(const Bucket &bucket, const Reach &reach, Scan &scan) const {
  const auto size = static_cast<double>(bucket.arms.size());
  for (double position = 0; position < size; ++position) {
    const double passed = scan.champion.arm < 0 ? 1.0 : reach.bound(scan.champion.draw);
    if (passed == 0) return;
    if (passed < 1) {
      const double hazard = passed < 1e-9 ? passed : -std::log1p(-passed);
      if (scan.left >= hazard * (size - position)) {
        scan.left -= hazard * (size - position);
        return;
      }
      position += std::floor(scan.left / hazard);
      if (position >= size) return;
      scan.left = -std::log1p(-scan.random.uniform());
    }
    const std::int64_t arm = bucket.arms[static_cast<std::size_t>(position)];
    if (!scan.apart(arm))
      cladogen::challenge(arm, scan.sums_of(arm), scan.tau, scan.prior, passed, scan.random, scan.champion);
  }
}

void NormalArms::challenge(double tau, Prior prior, const Apart &apart, const SumsOf &sums_of, Random &random,
                           Champion &champion) const {
  // The buckets that promise most come first, so that the champion is hard to beat when all others come.
  constexpr std::size_t kFirst = 6;
  std::vector<Reach> reaches;
  std::vector<std::pair<double, std::size_t>> promises;
  reaches.reserve(buckets_.size());
  for (const Bucket &bucket : buckets_) {
    reaches.emplace_back(bucket.corner, tau, prior);
    if (bucket.arms.empty()) continue;
    const double many = 1 + std::ilogb(static_cast<double>(bucket.arms.size()));
    promises.emplace_back(-(reaches.back().mean + std::sqrt(1.4 * many * reaches.back().variance)), reaches.size() - 1);
  }
  const std::size_t first = std::min(kFirst, promises.size());
  std::partial_sort(promises.begin(), promises.begin() + static_cast<std::ptrdiff_t>(first), promises.end());
  Scan scan{tau, prior, apart, sums_of, random, champion, -std::log1p(-random.uniform())};
  for (const auto &[promise, at] : promises) visit(buckets_[at], reaches[at], scan);
}

}  // namespace cladogen
