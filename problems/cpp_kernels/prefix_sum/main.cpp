// The kernel's process: take the mapping that the host made, call the kernel for each round.
#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

extern "C" {
[[gnu::weak]] void matmul(const double *a, const double *b, double *c, int n);
[[gnu::weak]] void prefix_sum(const double *a, double *c, int n);
}

int main(int, char **arguments) {
  const bool sums = !std::strcmp(arguments[1], "prefix_sum");
  if (sums ? !prefix_sum : !matmul) return 2;  // kernel.cpp defines no such function
  const int n = std::atoi(arguments[2]), rounds = std::atoi(arguments[3]);
  const std::size_t size = static_cast<std::size_t>(n) * n;
  void *area = mmap(nullptr, rounds * 3 * size * sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED,
                    3, 0);
  if (area == MAP_FAILED) return 3;
  double *values = static_cast<double *>(area);
  for (int round = 0; round < rounds; ++round, values += 3 * size) {
    if (sums) {
      prefix_sum(values, values + 2 * size, n);
    } else {
      matmul(values, values + size, values + 2 * size, n);
    }
  }
  return 0;
}
