// UCT over a lineage: visits and values of every program with its descendants. Reference: cladogen.kernels.uct.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

namespace cladogen {

class UctTree {
 public:
  // A program may have another child while children < widen * visits^0.5, and gets it unless the bound of one of its
  // children is above its own. depth_bonus * exp(-depth_decay (depth - 1)) favours the first steps down, depth_cost *
  // sqrt(depth) weighs on deep ones.
  UctTree(double explore, double widen, double depth_bonus, double depth_decay, double depth_cost)
      : explore_(explore), widen_(widen), bonus_(depth_bonus), decay_(depth_decay), cost_(depth_cost) {}

  void add(std::int64_t number, std::int64_t parent);  // parent -1: a root
  // Values of one more visit to the program and everything above it.
  void visit(std::int64_t number, double value);
  // The value of a visit has changed by so much.
  void amend(std::int64_t number, double change);
  void fly(std::int64_t number, std::int64_t by);
  // Walk down from the roots; low and high are the range of values.
  std::int64_t select(double low, double high) const;
  std::int64_t visits(std::int64_t number) const { return nodes_[number].visits; }
  double total(std::int64_t number) const { return nodes_[number].total; }

  template <class State>
  void fields(State &state) {
    state(explore_, widen_, bonus_, decay_, cost_, nodes_, flying_, root_, visits_);
  }

 private:
  struct Node {
    double total = 0;
    std::int32_t visits = 0;
    std::int32_t parent = -1, first = -1, next = -1;  // first child, next sibling: the younger come first
    std::int32_t children = 0;
    std::int32_t unused = 0;  // no byte without a value: a state is written as it lies in memory
  };
  struct Flying {
    std::int64_t below = 0, here = 0;
  };
  struct Choice {
    std::int32_t number;
    double bound;
  };
  Flying flying(std::int64_t number) const;
  Choice best_of(std::int32_t first, double above, int depth, double low, double high) const;
  double explore_, widen_, bonus_, decay_, cost_;
  std::vector<Node> nodes_;
  std::map<std::int64_t, Flying> flying_;
  std::int32_t root_ = -1;
  std::int64_t visits_ = 0;
};

}  // namespace cladogen
