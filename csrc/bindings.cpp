// The only file that knows pybind11: every kernel of csrc/ is bound here, with the GIL released.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

// -- patches --------------------------------------------------------------------------------------------------------
static void bind_patches(py::module_ &) {}

// -- archives -------------------------------------------------------------------------------------------------------
static void bind_archives(py::module_ &) {}

// -- scorers --------------------------------------------------------------------------------------------------------
static void bind_scorers(py::module_ &) {}

// -- novelty --------------------------------------------------------------------------------------------------------
static void bind_novelty(py::module_ &) {}

PYBIND11_MODULE(_kernels, m) {
  m.doc() = "C++ twins of cladogen.kernels";
  bind_patches(m);
  bind_archives(m);
  bind_scorers(m);
  bind_novelty(m);
}
