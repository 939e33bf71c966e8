// Alignment of a hunk's old side with a file: line keys, line similarity, and the cost tables of the alignment.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cladogen {

// Three keys per line: without trailing blanks; with runs of blanks made one; without blanks and typographic signs.
// Then what the line is: 0 text, 1 blank, 2 signs only.
constexpr std::size_t key_width = 4;

std::vector<std::string_view> split_lines(std::string_view text);
void line_keys(const std::vector<std::string_view> &lines, std::uint64_t *keys);

// A row to be compared with many lines: the longest common subsequence of bytes, blanks left out, over the mean
// length, in [0, 1]. `state` is scratch space.
struct Pattern {
  std::size_t size = 0;
  std::vector<std::array<std::uint64_t, 256>> masks;
  explicit Pattern(std::string_view row);
  float similarity(std::string_view line, std::vector<std::uint64_t> &state) const;
};

struct Rows {  // the old side of a hunk
  std::size_t count;
  const std::uint64_t *keys;       // count x key_width
  const float *substitute;         // cost of standing for an unlike line; infinity for a line that must be found
  const float *skip;               // cost of not being in the file at all
  const float *weight;             // how much the line says
  const std::uint8_t *elided;      // "...": any stretch of the file
  const std::uint8_t *may_skip;    // after this row lines of the file that are not blank may be passed over
  const std::int32_t *likeness;    // row of `like` that holds its similarities, or -1
};

struct Costs {
  float squeezed, folded, gap, blank_gap, jump, elision, least_like;
};

struct Lines {  // the file
  std::size_t count;
  const std::uint64_t *keys;
  const std::uint8_t *blank;       // 1: blank, 2: signs only
  const float *like;               // likeness rows x count
};

float match_cost(const Rows &rows, const Lines &lines, const Costs &costs, std::size_t row, std::size_t line);

// before[i][j]: cheapest alignment of rows < i that leaves the file at line j; after[i][j]: of rows >= i from there.
void align(const Rows &rows, const Lines &lines, const Costs &costs, float *before, float *after);

}  // namespace cladogen
