// c[i][j] = the sum of a[k][l] over k <= i and l <= j, row-major n x n.
extern "C" void prefix_sum(const double *a, double *c, int n) {
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      double sum = 0;
      for (int l = 0; l <= j; ++l) sum += a[i * n + l];
      c[i * n + j] = sum + (i > 0 ? c[(i - 1) * n + j] : 0);
    }
  }
}
