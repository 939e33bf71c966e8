// Elo matches over the cases that two programs share. Reference: cladogen.kernels.elo.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cladogen {

// Results by case, NaN where there is none: one row for every seat of a league.
struct League {
  const double *results;
  std::size_t seats, cases;
};

// One program plays some seats in turn. `ratings` holds its own rating, then its opponents', and what becomes of them.
// Each match moves both by `k` times the share of common cases won (ties are halves) beyond what was expected.
void play(const League &league, const std::int64_t *seats, std::size_t count, const double *values, double k,
          double *ratings);

// The place of the lowest rating among `numbers`; of equals, that of the highest number.
std::size_t weakest(const double *ratings, const std::int64_t *numbers, std::size_t count);

}  // namespace cladogen
