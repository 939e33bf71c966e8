// Clade counters and Thompson draws for values without a range: Normal-Gamma posteriors. Reference: cladogen.kernels.normal.
#pragma once
#include <set>

#include "lineage.hpp"
#include "normal_arms.hpp"

namespace cladogen {

class NormalTree {
 public:
  NormalTree(std::int64_t trials, std::int64_t cases, bool by_clade)
      : trials_(trials), cases_(cases), by_clade_(by_clade) {}

  void add(std::int64_t number, std::int64_t parent);  // a parent has a lower number; -1: a root
  // Set a program's own sums, and whether any of its results ran; the clades above follow.
  void record(std::int64_t number, double count, double total, double squares, bool ran);
  void penalize(std::int64_t number, std::int64_t failures);
  void fly(std::int64_t number, std::int64_t by, bool measure);
  // `worst` is what a virtual failure counts as.
  std::int64_t draw_parent(double tau, double worst, std::uint64_t seed) const;
  std::int64_t draw_measure(double tau, double worst, std::uint64_t seed) const;
  Sums own(std::int64_t number) const { return nodes_[number].own; }
  Sums clade(std::int64_t number) const { return nodes_[number].clade; }
  NormalGamma posterior(Sums sums) const { return cladogen::posterior(sums, prior()); }

  template <class State>
  void fields(State &state) {
    state(trials_, cases_, by_clade_, seen_, unit_, nodes_, parents_, unfinished_, flying_, measuring_, penalized_);
  }

 private:
  struct Node {
    Sums own, clade;
    std::int32_t parent = -1;
    std::int32_t penalty = 0;
    std::int32_t flying = 0;  // work in flight in the clade (or, not by clade, on the program itself)
    bool ran = false;
    std::uint8_t unused[3] = {};  // no byte without a value: a state is written as it lies in memory
  };
  Prior prior() const;
  Sums judged(std::int64_t number) const { return by_clade_ ? nodes_[number].clade : nodes_[number].own; }
  void place(std::int64_t number);
  void rescale();
  std::int64_t trials_, cases_;
  bool by_clade_;
  Sums seen_;
  double unit_ = 1;  // the spread of values that the buckets are made for
  std::vector<Node> nodes_;
  NormalArms parents_, unfinished_;
  Flying flying_, measuring_;
  std::set<std::int32_t> penalized_;
};

}  // namespace cladogen
