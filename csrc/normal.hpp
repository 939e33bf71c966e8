// Clade counters and Thompson draws for values without a range: Normal-Gamma posteriors. Twin: cladogen.kernels.normal.
#pragma once
#include <map>

#include "thompson.hpp"

namespace cladogen {

// How many results, their sum, the sum of their squares.
struct Sums {
  double count = 0, total = 0, squares = 0;
};

// The Normal-Gamma posterior: how many results the mean is worth, the mean, and the precision's shape and rate.
struct NormalGamma {
  double count, mean, shape, rate;
};

class NormalTree {
 public:
  NormalTree(std::int64_t trials, std::int64_t cases, bool by_clade)
      : trials_(trials), cases_(cases), by_clade_(by_clade) {}

  void add(std::int64_t number, std::int64_t parent);
  // Set a program's own sums, and whether any of its results ran; the clades above follow.
  void record(std::int64_t number, double count, double total, double squares, bool ran);
  void penalize(std::int64_t number, std::int64_t failures);
  void fly(std::int64_t number, std::int64_t by, bool measure);
  // `worst` is what a virtual failure counts as.
  std::int64_t draw_parent(double tau, double worst, std::uint64_t seed) const;
  std::int64_t draw_measure(double tau, double worst, std::uint64_t seed) const;
  Sums own(std::int64_t number) const { return nodes_[number].own; }
  Sums clade(std::int64_t number) const { return nodes_[number].clade; }
  NormalGamma posterior(Sums sums) const;

 private:
  struct Node {
    Sums own, clade;
    std::int32_t parent = -2;  // -2: not known
    std::int32_t penalty = 0;
    bool ran = false;
  };
  void challenge(std::int64_t number, Sums sums, double failures, double tau, double worst, Random &random,
                 Champion &champion) const;
  std::int64_t trials_, cases_;
  bool by_clade_;
  Sums seen_;
  std::vector<Node> nodes_;
  std::map<std::int64_t, std::int64_t> flying_, measuring_;
};

}  // namespace cladogen
