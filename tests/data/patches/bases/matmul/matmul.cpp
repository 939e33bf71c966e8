#include <cstddef>
#include <vector>

// Dot product of two rows.
static double dot(const double* a, const double* b, std::size_t n) {
    double s = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
        s += a[k] * b[k];
    }
    return s;
}

static float dot(const float* a, const float* b, std::size_t n) {
    float s = 0.0f;
    for (std::size_t k = 0; k < n; ++k) {
        s += a[k] * b[k];
    }
    return s;
}

static void transpose(const double* b, double* t, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            t[j * n + i] = b[i * n + j];
        }
    }
}

extern "C" void multiply(const double* a, const double* b, double* c, std::size_t n) {
    std::vector<double> t(n * n);
    transpose(b, t.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            c[i * n + j] = dot(a + i * n, t.data() + j * n, n);
        }
    }
}
