// The counters of clade metaproductivity over a tree of programs. Reference: cladogen.kernels.clade.
#pragma once
#include "lineage.hpp"
#include "thompson.hpp"

namespace cladogen {

class CladeTree {
 public:
  // A program may be chosen as parent after its first success, or after `trials` results without one. `cases` is how
  // many results a program can have. By clade: parents are drawn by clade counts, otherwise by their own.
  CladeTree(std::int64_t trials, std::int64_t cases, bool by_clade)
      : trials_(trials * kOne), cases_(cases), by_clade_(by_clade) {}

  void add(std::int64_t number, std::int64_t parent);  // a parent has a lower number; -1: a root
  // Set a program's own counts (fixed-point) and how many cases it was measured on; the clades above follow.
  void record(std::int64_t number, std::int64_t successes, std::int64_t failures, std::int64_t measured);
  // Failures that count against choosing this program as parent, and nowhere else.
  void penalize(std::int64_t number, std::int64_t failures);
  // Work in flight (by = 1) or landed (by = -1): a virtual failure of the program and of every clade it is in.
  void fly(std::int64_t number, std::int64_t by, bool measure);

  std::int64_t draw_parent(double tau, std::uint64_t seed) const;
  std::int64_t draw_measure(double tau, std::uint64_t seed) const;

  Counts own(std::int64_t number) const { return nodes_[number].own; }
  Counts clade(std::int64_t number) const { return nodes_[number].clade; }
  std::int64_t measured(std::int64_t number) const { return nodes_[number].measured; }
  std::int64_t parent(std::int64_t number) const { return nodes_[number].parent; }
  bool eligible(std::int64_t number) const;
  std::size_t size() const { return nodes_.size(); }
  std::size_t memory() const;
  std::size_t buckets() const { return parents_.buckets(); }

  template <class State>
  void fields(State &state) {
    state(trials_, cases_, by_clade_, nodes_, parents_, unfinished_, flying_, measuring_);
  }

 private:
  struct Node {
    Counts own, clade;
    std::int32_t parent = -2;  // -2: not known
    std::int32_t measured = 0;
    std::int32_t penalty = 0;
    std::int32_t flying = 0;  // work in flight in the clade (or, not by clade, on the program itself)
  };
  void place(std::int64_t number);
  Counts judged(std::int64_t number) const;
  std::int64_t trials_, cases_;
  bool by_clade_;
  std::vector<Node> nodes_;
  BetaArms parents_, unfinished_;
  Flying flying_, measuring_;  // the programs that work in flight is about
};

}  // namespace cladogen
