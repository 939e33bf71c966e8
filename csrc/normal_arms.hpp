// Thompson sampling over many Normal-Gamma arms, without visiting every arm: what thompson.hpp does for Beta arms.
//
// A draw of an arm's mean is a Student t. Against the largest draw t so far an arm whose mean lies z >= 2 of its scales
// below is passed over with the right probability: with a = z^2/nu the density beyond t is at most that at t times
// (w - mean)/(t - mean) to the power -kappa, kappa = (nu + 1) a/(1 + a) (the weighted means of 1 and the square of that
// ratio), and so P(draw > t) <= f(t)(t - mean)/(kappa - 1). Arms lie in buckets of similar results, whose most
// favourable corner bounds them all; who passes is drawn from the power law beyond t and accepted by the ratio of the
// densities. What is accepted is a draw given > t: the result has the distribution of the plain method.
#pragma once
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "thompson.hpp"

namespace cladogen {

// How many results, their sum, the sum of their squares.
struct Sums {
  double count = 0, total = 0, squares = 0;
};

// Mean and variance of everything seen: the prior, worth one result.
struct Prior {
  double mean = 0, variance = 1;
};

// The Normal-Gamma posterior: how many results the mean is worth, the mean, and the precision's shape and rate.
struct NormalGamma {
  double count, mean, shape, rate;
};

NormalGamma posterior(Sums sums, Prior prior);

using SumsOf = std::function<Sums(std::int64_t)>;

class NormalArms {
 public:
  void put(std::int64_t arm, Sums sums);  // insert or move
  void remove(std::int64_t arm);
  bool holds(std::int64_t arm) const;
  // Sort all arms into buckets anew, whose widths are in proportion to `unit`, the spread of values.
  void rescale(double unit, const SumsOf &sums_of);
  // Let every arm that is not apart challenge the champion.
  void challenge(double tau, Prior prior, const Apart &apart, const SumsOf &sums_of, Random &random,
                 Champion &champion) const;

  template <class State>
  void fields(State &state) {
    state(unit_, buckets_, free_, by_key_, places_);
  }

 private:
  // Bounds that hold for every arm of a bucket: results, their mean, squares about it.
  struct Corner {
    double least, most, low, high, within;
  };
  struct Bucket {
    std::int64_t key;
    Corner corner;
    std::vector<std::int32_t> arms;
    template <class State>
    void fields(State &state) {
      state(key, corner, arms);
    }
  };
  struct Place {
    std::int32_t bucket = -1, position = 0;
  };
  struct Reach;
  struct Scan;
  std::int64_t key_of(Sums sums, Corner &corner) const;
  void visit(const Bucket &bucket, const Reach &reach, Scan &scan) const;
  double unit_ = 1;
  std::vector<Bucket> buckets_;
  std::vector<std::int32_t> free_;
  std::unordered_map<std::int64_t, std::int32_t> by_key_;
  std::vector<Place> places_;
};

// One arm, which passed a bound of `passed`, against the champion.
void challenge(std::int64_t arm, Sums sums, double tau, Prior prior, double passed, Random &random, Champion &champion);

}  // namespace cladogen
