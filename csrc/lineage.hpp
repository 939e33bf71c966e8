// Work in flight along a tree of programs, whose parents have lower numbers than their children.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <queue>
#include <vector>

namespace cladogen {

// How much work in flight is about each program.
using Flying = std::map<std::int64_t, std::int64_t>;

inline void bump(Flying &flying, std::int64_t number, std::int64_t by) {
  if ((flying[number] += by) == 0) flying.erase(number);
}

// The programs that work in flight is about and everything above them (`above` gives the next, -1 at the end), in
// order: from the youngest up, and where paths meet they go on as one.
template <class Above>
std::vector<std::int32_t> aloft(const Flying &flying, Above above) {
  std::priority_queue<std::int32_t> paths;
  for (const auto &[number, count] : flying) paths.push(static_cast<std::int32_t>(number));
  std::vector<std::int32_t> found;
  while (!paths.empty()) {
    const std::int32_t youngest = paths.top();
    while (!paths.empty() && paths.top() == youngest) paths.pop();
    found.push_back(youngest);
    std::int32_t up = above(youngest);
    for (; paths.empty() && up >= 0; up = above(up)) found.push_back(up);  // one path is left
    if (up >= 0) paths.push(up);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace cladogen
