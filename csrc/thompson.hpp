// Thompson sampling over many Beta arms: draw Beta(tau(1+S), tau(1+F)) for every arm and return the arm of the largest
// draw, without visiting every arm.
//
// Arms lie in buckets of similar (S, F). Against the largest draw t so far, an arm can be passed over with the right
// probability: by the Chernoff bound P(Beta(a,b) > t) <= (t/m)^a ((1-t)/(1-m))^b with m = a/(a+b) < t, taken at the
// bucket's most favourable corner. How many arms in a row fail to pass the bound is geometric, so whole buckets are
// skipped by arithmetic. An arm that passes then passes its own bound or not, and an exponentially tilted draw is
// accepted or not: what is accepted is a Beta draw given > t. The result has the distribution of the plain method.
#pragma once
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace cladogen {

// Counts are fixed-point: adding and taking back is exact, and sums do not depend on their order.
constexpr std::int64_t kOne = std::int64_t{1} << 20;

struct Counts {
  std::int64_t successes = 0;
  std::int64_t failures = 0;
};

// xoshiro256++, seeded by SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t next();
  double uniform();  // in [0, 1)
  double normal();
  double gamma(double shape);

 private:
  std::uint64_t state_[4];
};

// The largest draw so far.
struct Champion {
  std::int64_t arm = -1;
  double draw = -1;
  double log_draw = 0, log_rest = 0;
  void become(std::int64_t new_arm, double new_draw);
};

// Says which arms are drawn elsewhere, with other counts: the buckets pass over them.
using Apart = std::function<bool(std::int64_t)>;

class BetaArms {
 public:
  void put(std::int64_t arm, Counts counts);  // insert or move
  void remove(std::int64_t arm);
  bool holds(std::int64_t arm) const;
  Counts counts(std::int64_t arm) const { return counts_[arm]; }
  std::size_t size() const { return size_; }
  std::size_t buckets() const { return by_key_.size(); }
  std::size_t memory() const;
  // Let every arm that is not apart challenge the champion.
  void challenge(double tau, const Apart &apart, Random &random, Champion &champion) const;

  template <class State>
  void fields(State &state) {
    state(buckets_, corners_, promises_, free_, by_key_, places_, counts_, size_);
  }

 private:
  // What a scan over all buckets reads.
  struct Corner {
    double a, b;      // 1 + most successes, 1 + fewest failures of any arm put here
    double constant;  // -a ln m - b ln(1-m)
    double mean;
  };
  struct Bucket {
    std::int64_t key;
    std::vector<std::int32_t> arms;
    template <class State>
    void fields(State &state) {
      state(key, arms);
    }
  };
  struct Place {
    std::int32_t bucket = -1;
    std::int32_t position = 0;
  };
  struct Scan;
  static double exponent(const Corner &corner, const Scan &scan);
  static bool hopeless(const Corner &corner, const Scan &scan);
  void visit(std::size_t at, Scan &scan) const;
  void consider(std::int64_t arm, double passed, Scan &scan) const;
  void promise(std::size_t at);
  std::int32_t fresh(std::int64_t key);
  std::vector<Bucket> buckets_;
  std::vector<Corner> corners_;
  std::vector<float> promises_;  // a guess at each bucket's largest draw: where to look first
  std::vector<std::int32_t> free_;
  std::unordered_map<std::int64_t, std::int32_t> by_key_;
  std::vector<Place> places_;
  std::vector<Counts> counts_;
  std::size_t size_ = 0;
};

// One arm, which passed a bound of `passed`, against the champion.
void challenge(std::int64_t arm, double a, double b, double passed, Random &random, Champion &champion);

}  // namespace cladogen
