// The only file that knows pybind11: every kernel of csrc/ is bound here, with the GIL released.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <utility>
#include <vector>

#include "alignment.hpp"
#include "bin_packing.hpp"
#include "cap_set.hpp"
#include "cells.hpp"
#include "clade.hpp"
#include "sums.hpp"
