// Elo matches over the cases that two programs share.
#include "elo.hpp"

#include <algorithm>
#include <cmath>

namespace cladogen {

void play(const League &league, const std::int64_t *seats, std::size_t count, const double *values, double k,
          double *ratings) {
  for (std::size_t match = 0; match < count; ++match) {
    const double *theirs = league.results + static_cast<std::size_t>(seats[match]) * league.cases;
    std::int64_t common = 0, halves = 0;
    for (std::size_t place = 0; place < league.cases; ++place) {
      if (std::isnan(values[place]) || std::isnan(theirs[place])) continue;
      ++common;
      halves += values[place] > theirs[place] ? 2 : values[place] == theirs[place];
    }
    if (common == 0) continue;
    double &mine = ratings[0], &other = ratings[match + 1];
    const double away = std::min(std::max(other - mine, -4000.0), 4000.0);
    const double won = 0.5 * static_cast<double>(halves) / static_cast<double>(common);
    const double surprise = won - 1 / (1 + std::pow(10.0, away / 400));
    mine += k * surprise;
    other -= k * surprise;
  }
}

std::size_t weakest(const double *ratings, const std::int64_t *numbers, std::size_t count) {
  std::size_t found = 0;
  for (std::size_t place = 1; place < count; ++place) {
    const double rating = ratings[numbers[place]], least = ratings[numbers[found]];
    if (rating < least || (rating == least && numbers[place] > numbers[found])) found = place;
  }
  return found;
}

}  // namespace cladogen
