#include "minhash.hpp"

#include <algorithm>

namespace cladogen {

void minhash(const std::uint64_t *hashes, std::size_t count, const std::uint64_t *factors,
             const std::uint64_t *shifts, std::size_t width, std::uint32_t *least) {
  std::fill(least, least + width, 0xFFFFFFFFu);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < width; ++k) {
      const auto value = static_cast<std::uint32_t>((factors[k] * hashes[i] + shifts[k]) >> 32);
      least[k] = std::min(least[k], value);
    }
  }
}

}  // namespace cladogen
