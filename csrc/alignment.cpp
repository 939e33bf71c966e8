// See alignment.hpp. The meaning is in engine/kernels/alignment.py.
#include "alignment.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <string>

namespace cladogen {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr std::uint64_t offset_basis = 14695981039346656037ull;
constexpr std::uint64_t prime = 1099511628211ull;

struct Hash {
  std::uint64_t value = offset_basis;
  void add(unsigned char byte) { value = (value ^ byte) * prime; }
};

bool is_blank(unsigned char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// Decode one UTF-8 character; a malformed byte is a character of its own.
std::uint32_t decode(std::string_view text, std::size_t &at) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(at);
  const std::size_t extra = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  if (extra == 0 || at + extra >= text.size()) {
    ++at;
    return first < 0x80 ? first : 0x110000u + first;
  }
  std::uint32_t code = first & (0x3Fu >> extra);
  for (std::size_t k = 1; k <= extra; ++k) {
    if ((byte(at + k) & 0xC0) != 0x80) {
      ++at;
      return 0x110000u + first;
    }
    code = (code << 6) | (byte(at + k) & 0x3Fu);
  }
  at += extra + 1;
  return code;
}

bool is_wide_blank(std::uint32_t code) {
  return code == 0xA0 || (code >= 0x2000 && code <= 0x200D) || code == 0x202F || code == 0x205F || code == 0x3000 ||
         code == 0xFEFF || code == 0xAD || code == 0x2060;
}

void add_folded(Hash &hash, std::string_view text, std::size_t &at) {
  const std::size_t begin = at;
  const std::uint32_t code = decode(text, at);
  if (code < 0x80) {
    if (!is_blank(static_cast<unsigned char>(code))) hash.add(static_cast<unsigned char>(code));
  } else if (is_wide_blank(code)) {
  } else if (code >= 0x2018 && code <= 0x201B) {
    hash.add('\'');
  } else if (code >= 0x201C && code <= 0x201F) {
    hash.add('"');
  } else if ((code >= 0x2010 && code <= 0x2015) || code == 0x2212) {
    hash.add('-');
  } else if (code == 0x2026) {
    for (int k = 0; k < 3; ++k) hash.add('.');
  } else {
    for (std::size_t k = begin; k < at; ++k) hash.add(static_cast<unsigned char>(text[k]));
  }
}

std::string_view without_trailing_blanks(std::string_view line) {
  while (!line.empty() && is_blank(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
  return line;
}

void keys_of(std::string_view line, std::uint64_t *keys) {
  line = without_trailing_blanks(line);
  Hash exact, squeezed, folded;
  bool pending = false, started = false, worded = false;
  for (const char sign : line) {
    const auto byte = static_cast<unsigned char>(sign);
    exact.add(byte);
    if (is_blank(byte)) {
      pending = started;
      continue;
    }
    worded = worded || byte >= 0x80 || byte == '_' || std::isalnum(byte);
    if (pending) squeezed.add(' ');
    squeezed.add(byte);
    pending = false;
    started = true;
  }
  for (std::size_t at = 0; at < line.size();) add_folded(folded, line, at);
  keys[0] = exact.value;
  keys[1] = squeezed.value;
  keys[2] = folded.value;
  keys[3] = !started ? 1 : worded ? 0 : 2;
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

void line_keys(const std::vector<std::string_view> &lines, std::uint64_t *keys) {
  for (std::size_t k = 0; k < lines.size(); ++k) keys_of(lines[k], keys + k * key_width);
}

// Bit-parallel longest common subsequence (Hyyro 2004), 64 characters of the row per word.
Pattern::Pattern(std::string_view row) {
  std::string solid;
  for (const char sign : row)
    if (!is_blank(static_cast<unsigned char>(sign))) solid.push_back(sign);
  size = solid.size();
  masks.resize((size + 63) / 64);
  for (auto &mask : masks) mask.fill(0);
  for (std::size_t k = 0; k < size; ++k)
    masks[k / 64][static_cast<unsigned char>(solid[k])] |= std::uint64_t{1} << (k % 64);
}

float Pattern::similarity(std::string_view line, std::vector<std::uint64_t> &state) const {
  state.assign(masks.size(), ~std::uint64_t{0});
  std::size_t other = 0, length = 0;
  for (const char sign : line) {
    const auto byte = static_cast<unsigned char>(sign);
    if (is_blank(byte)) continue;
    ++other;
    std::uint64_t carry = 0;
    for (std::size_t w = 0; w < masks.size(); ++w) {
      const std::uint64_t shared = state[w] & masks[w][byte];
      const std::uint64_t low = state[w] + shared;
      const std::uint64_t sum = low + carry;
      carry = (low < shared || sum < low) ? 1 : 0;
      state[w] = sum | (state[w] & ~shared);
    }
  }
  if (size + other == 0) return 1.0f;
  for (std::size_t k = 0; k < size; ++k) length += !((state[k / 64] >> (k % 64)) & 1);
  return static_cast<float>(2.0 * static_cast<double>(length) / static_cast<double>(size + other));
}

float match_cost(const Rows &rows, const Lines &lines, const Costs &costs, std::size_t row, std::size_t line) {
  const std::uint64_t *a = rows.keys + row * key_width;
  const std::uint64_t *b = lines.keys + line * key_width;
  if (a[0] == b[0]) return 0.0f;
  if (a[1] == b[1]) return costs.squeezed;
  if (a[2] == b[2]) return costs.folded;
  if (lines.blank[line] == 1 || (lines.blank[line] == 2 && rows.weight[row] >= 1.0f)) return infinity;
  const std::int32_t known = rows.likeness[row];
  if (known >= 0) {
    const float like = lines.like[static_cast<std::size_t>(known) * lines.count + line];
    if (like >= costs.least_like) return rows.weight[row] * (1.2f - like);
  }
  return rows.substitute[row];
}

void align(const Rows &rows, const Lines &lines, const Costs &costs, float *before, float *after) {
  const std::size_t m = rows.count, n = lines.count, width = n + 1;
  const auto gap = [&](std::size_t row, std::size_t line) {
    return lines.blank[line] == 1 ? costs.blank_gap : rows.may_skip[row] ? costs.gap : infinity;
  };
  std::fill(before, before + width, 0.0f);
  for (std::size_t i = 1; i <= m; ++i) {
    const std::size_t row = i - 1;
    const float *up = before + row * width;
    float *here = before + i * width;
    float nearest = infinity, elided = infinity;
    for (std::size_t j = 0; j <= n; ++j) {
      float cost = up[j] + rows.skip[row];
      if (j > 0) cost = std::min(cost, up[j - 1] + match_cost(rows, lines, costs, row, j - 1));
      if (rows.elided[row]) cost = std::min(cost, (elided = std::min(elided, up[j])) + costs.elision);
      nearest = std::min(nearest, cost);
      if (j > 0 && i < m) cost = std::min(cost, here[j - 1] + gap(row, j - 1));
      if (i < m && rows.may_skip[row]) cost = std::min(cost, nearest + costs.jump);
      here[j] = cost;
    }
  }
  std::fill(after + m * width, after + (m + 1) * width, 0.0f);
  for (std::size_t row = m; row-- > 0;) {
    const float *down = after + (row + 1) * width;
    float *here = after + row * width;
    float nearest = infinity, elided = infinity;
    for (std::size_t j = n + 1; j-- > 0;) {
      float cost = down[j] + rows.skip[row];
      if (j < n) cost = std::min(cost, down[j + 1] + match_cost(rows, lines, costs, row, j));
      if (rows.elided[row]) cost = std::min(cost, (elided = std::min(elided, down[j])) + costs.elision);
      nearest = std::min(nearest, cost);
      if (row > 0 && j < n) cost = std::min(cost, here[j + 1] + gap(row - 1, j));
      if (row > 0 && rows.may_skip[row - 1]) cost = std::min(cost, nearest + costs.jump);
      here[j] = cost;
    }
  }
}

}  // namespace cladogen
