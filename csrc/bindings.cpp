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
#include "circles.hpp"
#include "elo.hpp"
#include "kissing.hpp"
#include "clade.hpp"
#include "minhash.hpp"
#include "neighbours.hpp"
#include "normal.hpp"
#include "pareto.hpp"
#include "ranks.hpp"
#include "state.hpp"
#include "sums.hpp"
#include "uct.hpp"

namespace py = pybind11;

// -- patches --------------------------------------------------------------------------------------------------------
template <typename T>
using Array = py::array_t<T, py::array::c_style>;

static Array<std::uint64_t> line_keys(const py::bytes &text) {
  const auto lines = cladogen::split_lines(std::string_view(text));
  Array<std::uint64_t> keys({lines.size(), cladogen::key_width});
  std::uint64_t *out = keys.mutable_data();
  py::gil_scoped_release release;
  cladogen::line_keys(lines, out);
  return keys;
}

static Array<float> likeness(const py::bytes &rows, const py::bytes &text) {
  const auto left = cladogen::split_lines(std::string_view(rows)), right = cladogen::split_lines(std::string_view(text));
  Array<float> like({left.size(), right.size()});
  float *out = like.mutable_data();
  py::gil_scoped_release release;
  std::vector<std::uint64_t> state;
  for (const auto row : left) {
    const cladogen::Pattern pattern(row);
    for (const auto line : right) *out++ = pattern.similarity(line, state);
  }
  return like;
}

static py::tuple align(const Array<std::uint64_t> &row_keys, const Array<float> &substitute, const Array<float> &skip,
                       const Array<float> &weight, const Array<std::uint8_t> &elided,
                       const Array<std::uint8_t> &may_skip, const Array<std::int32_t> &likeness_of,
                       const Array<std::uint64_t> &line_keys, const Array<std::uint8_t> &blank,
                       const Array<float> &like, const Array<float> &costs) {
  const std::size_t m = row_keys.shape(0), n = line_keys.shape(0);
  const cladogen::Rows rows{m,           row_keys.data(), substitute.data(), skip.data(), weight.data(),
                            elided.data(), may_skip.data(), likeness_of.data()};
  const cladogen::Lines lines{n, line_keys.data(), blank.data(), like.data()};
  const float *c = costs.data();
  const cladogen::Costs table{c[0], c[1], c[2], c[3], c[4], c[5], c[6]};
  Array<float> before({m + 1, n + 1}), after({m + 1, n + 1});
  float *first = before.mutable_data(), *second = after.mutable_data();
  {
    py::gil_scoped_release release;
    cladogen::align(rows, lines, table, first, second);
  }
  return py::make_tuple(before, after);
}

static void bind_patches(py::module_ &m) {
  m.def("line_keys", &line_keys);
  m.def("likeness", &likeness);
  m.def("align", &align);
}

// -- archives -------------------------------------------------------------------------------------------------------
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

static py::array_t<std::int32_t> bound_grid_cells(const Doubles &features, const std::vector<Doubles> &edges) {
  if (features.ndim() != 2 || static_cast<std::size_t>(features.shape(1)) != edges.size())
    throw py::value_error("grid_cells: features must have one column per axis");
  std::vector<cladogen::Edges> axes;
  for (const Doubles &axis : edges) axes.push_back({axis.data(), static_cast<std::size_t>(axis.size())});
  py::array_t<std::int32_t> cells(features.shape(0));
  std::int32_t *out = cells.mutable_data();
  py::gil_scoped_release release;
  cladogen::grid_cells(features.data(), features.shape(0), axes, out);
  return cells;
}

static py::array_t<std::int32_t> bound_nearest_centroid(const Doubles &points, const Doubles &centroids) {
  if (points.ndim() != 2 || centroids.ndim() != 2 || points.shape(1) != centroids.shape(1))
    throw py::value_error("nearest_centroid: points and centroids must have as many columns");
  py::array_t<std::int32_t> nearest(points.shape(0));
  std::int32_t *out = nearest.mutable_data();
  py::gil_scoped_release release;
  cladogen::nearest_centroid(points.data(), points.shape(0), centroids.data(), centroids.shape(0), points.shape(1),
                             out);
  return nearest;
}

static py::array_t<std::int32_t> bound_nondominated_fronts(const Doubles &points) {
  if (points.ndim() != 2) throw py::value_error("nondominated_fronts: points must be a matrix");
  py::array_t<std::int32_t> fronts(points.shape(0));
  std::int32_t *out = fronts.mutable_data();
  py::gil_scoped_release release;
  cladogen::nondominated_fronts(points.data(), points.shape(0), points.shape(1), out);
  return fronts;
}

static py::array_t<double> bound_crowding(const Doubles &points, const py::array_t<std::int32_t, py::array::c_style | py::array::forcecast> &fronts) {
  if (points.ndim() != 2 || fronts.size() != points.shape(0))
    throw py::value_error("crowding: points must be a matrix with one front per row");
  py::array_t<double> distances(points.shape(0));
  double *out = distances.mutable_data();
  py::gil_scoped_release release;
  cladogen::crowding(points.data(), fronts.data(), points.shape(0), points.shape(1), out);
  return distances;
}

static std::size_t bound_most_crowded(const Doubles &points, const std::vector<std::int64_t> &numbers) {
  if (points.ndim() != 2 || points.shape(0) == 0 || numbers.size() != static_cast<std::size_t>(points.shape(0)))
    throw py::value_error("most_crowded: points must be a matrix with one number per row");
  return cladogen::most_crowded(points.data(), numbers.data(), points.shape(0), points.shape(1));
}

static std::vector<double> bound_elo_play(const Doubles &results, const std::vector<std::int64_t> &seats,
                                          const Doubles &values, std::vector<double> ratings, double k) {
  if (results.ndim() != 2 || values.size() != results.shape(1) || ratings.size() != seats.size() + 1)
    throw py::value_error("elo_play: wants a row of results per seat, as many values, a rating more than seats");
  for (const std::int64_t seat : seats)
    if (seat < 0 || seat >= results.shape(0)) throw py::value_error("elo_play: no such seat");
  const cladogen::League league{results.data(), static_cast<std::size_t>(results.shape(0)),
                                static_cast<std::size_t>(results.shape(1))};
  cladogen::play(league, seats.data(), seats.size(), values.data(), k, ratings.data());
  return ratings;
}

static std::size_t bound_elo_weakest(const Doubles &ratings, const std::vector<std::int64_t> &numbers) {
  for (const std::int64_t number : numbers)
    if (number < 0 || number >= ratings.size()) throw py::value_error("elo_weakest: no such number");
  return cladogen::weakest(ratings.data(), numbers.data(), numbers.size());
}

// What a kernel holds, for checkpoints: bytes, and back.
template <class Kernel>
static py::class_<Kernel> &with_state(py::class_<Kernel> &kernel) {
  return kernel.def("state", [](Kernel &held) { return py::bytes(cladogen::state_of(held)); })
      .def("restore", [](Kernel &held, const py::bytes &bytes) { cladogen::restore(held, std::string_view(bytes)); });
}

static void bind_archives(py::module_ &m) {
  m.def("most_crowded", &bound_most_crowded);
  m.def("elo_play", &bound_elo_play);
  m.def("elo_weakest", &bound_elo_weakest);
  m.def("nondominated_fronts", &bound_nondominated_fronts);
  m.def("crowding", &bound_crowding);
  py::class_<cladogen::Ranking> ranking_class(m, "Ranking");
  with_state(ranking_class)
      .def(py::init<>())
      .def("insert", &cladogen::Ranking::insert)
      .def("remove", &cladogen::Ranking::remove)
      .def("at", &cladogen::Ranking::at)
      .def("propose", &cladogen::Ranking::propose)
      .def("size", &cladogen::Ranking::size);
  py::class_<cladogen::UctTree> ucttree_class(m, "UctTree");
  with_state(ucttree_class)
      .def(py::init<double, double, double, double, double>())
      .def("add", &cladogen::UctTree::add)
      .def("visit", &cladogen::UctTree::visit)
      .def("amend", &cladogen::UctTree::amend)
      .def("fly", &cladogen::UctTree::fly)
      .def("select", &cladogen::UctTree::select)
      .def("visits", &cladogen::UctTree::visits)
      .def("total", &cladogen::UctTree::total);
  m.def("grid_cells", &bound_grid_cells);
  m.def("nearest_centroid", &bound_nearest_centroid);
  using cladogen::CladeTree;
  using cladogen::SumTree;
  py::class_<SumTree> sumtree_class(m, "SumTree");
  with_state(sumtree_class)
      .def(py::init<>())
      .def("set", &SumTree::set)
      .def("get", &SumTree::get)
      .def("total", &SumTree::total)
      .def("find", &SumTree::find)
      .def("assign", [](SumTree &tree, const Doubles &weights) { tree.assign(weights.data(), weights.size()); });
  using cladogen::NormalTree;
  py::class_<NormalTree> normaltree_class(m, "NormalTree");
  with_state(normaltree_class)
      .def(py::init<std::int64_t, std::int64_t, bool>())
      .def("add", &NormalTree::add)
      .def("record", &NormalTree::record)
      .def("penalize", &NormalTree::penalize)
      .def("fly", &NormalTree::fly)
      .def("draw_parent", &NormalTree::draw_parent, py::call_guard<py::gil_scoped_release>())
      .def("draw_measure", &NormalTree::draw_measure, py::call_guard<py::gil_scoped_release>())
      .def("own", [](const NormalTree &tree, std::int64_t number) {
        const auto sums = tree.own(number);
        return py::make_tuple(sums.count, sums.total, sums.squares);
      })
      .def("clade", [](const NormalTree &tree, std::int64_t number) {
        const auto sums = tree.clade(number);
        return py::make_tuple(sums.count, sums.total, sums.squares);
      })
      .def("posterior", [](const NormalTree &tree, const Doubles &sums) {
        if (sums.ndim() != 2 || sums.shape(1) != 3) throw py::value_error("posterior: wants rows of three sums");
        py::array_t<double> found({sums.shape(0), py::ssize_t{4}});
        for (py::ssize_t row = 0; row < sums.shape(0); ++row) {
          const auto p = tree.posterior({sums.at(row, 0), sums.at(row, 1), sums.at(row, 2)});
          double *out = found.mutable_data(row, 0);
          out[0] = p.count, out[1] = p.mean, out[2] = p.shape, out[3] = p.rate;
        }
        return found;
      });
  py::class_<CladeTree> cladetree_class(m, "CladeTree");
  with_state(cladetree_class)
      .def(py::init<std::int64_t, std::int64_t, bool>())
      .def("add", &CladeTree::add)
      .def("record", &CladeTree::record)
      .def("penalize", &CladeTree::penalize)
      .def("fly", &CladeTree::fly)
      .def("draw_parent", &CladeTree::draw_parent)
      .def("draw_measure", &CladeTree::draw_measure)
      .def("own", [](const CladeTree &tree, std::int64_t number) {
        return py::make_tuple(tree.own(number).successes, tree.own(number).failures);
      })
      .def("clade", [](const CladeTree &tree, std::int64_t number) {
        return py::make_tuple(tree.clade(number).successes, tree.clade(number).failures);
      })
      .def("eligible", &CladeTree::eligible)
      .def("memory", &CladeTree::memory);
}

// -- scorers --------------------------------------------------------------------------------------------------------
template <class T>
using Dense = py::array_t<T, py::array::c_style | py::array::forcecast>;

static py::array_t<std::int64_t> pack_bins(const Dense<std::int32_t> &ranks, const std::vector<Dense<std::int32_t>> &instances) {
  int capacity = static_cast<int>(ranks.shape(0)) - 1;
  py::array_t<std::int64_t> result({static_cast<py::ssize_t>(instances.size()), py::ssize_t{2}});
  std::int64_t *out = result.mutable_data();
  std::vector<std::pair<const std::int32_t *, std::size_t>> spans;
  for (const auto &items : instances) spans.emplace_back(items.data(), static_cast<std::size_t>(items.size()));
  std::vector<std::int32_t> scaled(ranks.data(), ranks.data() + ranks.size());
  scaled.resize(scaled.size() + cladogen::kLanes);
  {
    py::gil_scoped_release free;
    for (auto &rank : scaled) rank *= cladogen::kMostBins;
    for (const auto &[items, count] : spans) {
      cladogen::Packing packing = cladogen::pack(scaled.data(), capacity, items, count);
      *out++ = packing.bins;
      *out++ = packing.opened;
    }
  }
  return result;
}

static std::pair<std::int64_t, double> circle_deflation(const Dense<std::int64_t> &grid, const std::vector<std::int64_t> &walls) {
  static_assert(sizeof(cladogen::Circle) == 3 * sizeof(std::int64_t));
  auto circles = reinterpret_cast<const cladogen::Circle *>(grid.data());
  auto count = static_cast<std::size_t>(grid.shape(0));
  cladogen::Box box{};
  if (walls.size() == 4) box = {walls[0], walls[1], walls[2], walls[3]};
  py::gil_scoped_release free;
  cladogen::Deflation result = cladogen::deflation(circles, count, walls.size() == 4 ? &box : nullptr);
  return {result.amount, result.slack};
}

static std::vector<std::int32_t> greedy_cap(const Dense<std::int32_t> &order, int dimension) {
  const std::int32_t *vectors = order.data();
  auto count = static_cast<std::size_t>(order.size());
  py::gil_scoped_release free;
  return cladogen::greedy_cap(vectors, count, dimension);
}

static std::vector<std::int32_t> kissing_vectors(const Dense<std::int64_t> &vectors) {
  const std::int64_t *data = vectors.data();
  auto count = static_cast<std::size_t>(vectors.shape(0)), dimension = static_cast<std::size_t>(vectors.shape(1));
  py::gil_scoped_release free;
  return cladogen::kissing_vectors(data, count, dimension);
}

static void bind_scorers(py::module_ &m) {
  m.def("kissing_vectors", &kissing_vectors, py::arg("vectors"));
  m.def("greedy_cap", &greedy_cap, py::arg("order"), py::arg("dimension"));
  m.def("circle_deflation", &circle_deflation, py::arg("grid"), py::arg("walls"));
  m.def("pack_bins", &pack_bins, py::arg("ranks"), py::arg("instances"));
}

// -- novelty --------------------------------------------------------------------------------------------------------
using Hashes = py::array_t<std::uint64_t, py::array::c_style | py::array::forcecast>;

static py::array_t<std::uint32_t> minhash_of(const Hashes &hashes, const Hashes &factors, const Hashes &shifts) {
  py::array_t<std::uint32_t> least(factors.size());
  const auto *values = hashes.data(), *times = factors.data(), *plus = shifts.data();
  auto *out = least.mutable_data();
  const std::size_t count = hashes.size(), width = factors.size();
  py::gil_scoped_release release;
  cladogen::minhash(values, count, times, plus, width, out);
  return least;
}

static std::pair<std::vector<std::int64_t>, std::vector<double>> as_columns(const std::vector<cladogen::Neighbour> &found) {
  std::pair<std::vector<std::int64_t>, std::vector<double>> columns;
  for (const auto &neighbour : found) {
    columns.first.push_back(neighbour.row);
    columns.second.push_back(neighbour.likeness);
  }
  return columns;
}

template <class T, auto nearest>
static auto nearest_rows(const Array<T> &known, const Array<T> &wanted, std::size_t count) {
  if (known.ndim() != 2 || wanted.ndim() != 1 || wanted.size() != known.shape(1) || wanted.size() == 0)
    throw py::value_error("nearest: wants rows as wide as the one looked for");
  const std::size_t rows = known.shape(0), width = known.shape(1);
  const T *all = known.data(), *one = wanted.data();
  std::vector<cladogen::Neighbour> found;
  {
    py::gil_scoped_release release;
    found = nearest(all, rows, width, one, count);
  }
  return as_columns(found);
}

static void bind_novelty(py::module_ &m) {
  m.def("nearest_vectors", &nearest_rows<float, &cladogen::nearest_vectors>);
  m.def("nearest_sketches", &nearest_rows<std::uint32_t, &cladogen::nearest_sketches>);
  m.def("minhash", &minhash_of, py::arg("hashes"), py::arg("factors"), py::arg("shifts"));
}

PYBIND11_MODULE(_kernels, m) {
  m.doc() = "C++ versions of cladogen.kernels";
  bind_patches(m);
  bind_archives(m);
  bind_scorers(m);
  bind_novelty(m);
}
