// Maps of cells: the best program of each, the stronger its colour the better.
import { colour, el, table } from "./dom.js";
import { amount, count, number } from "./format.js";
import { link } from "./picked.js";
import { plane, ring, shades, sides } from "./plane.js";

const HINT = "Click a cell for its best program. The stronger its colour, the better.";

// Programs by cell: `where` names the cell of each. The best cells first.
function gather(got, shared, where) {
  const sign = shared.summary.objective.direction === "minimize" ? -1 : 1;
  const cells = new Map();
  got.number.forEach((n, at) => {
    const value = shared.programs.value[n];
    if (value === null || value === undefined) return;
    const name = where(at);
    const cell = cells.get(name) || { name, at, many: 0, fitness: -Infinity, best: n };
    cell.many += 1;
    if (sign * value > cell.fitness) Object.assign(cell, { fitness: sign * value, best: n });
    cells.set(name, cell);
  });
  return [...cells.values()].sort((a, b) => b.fitness - a.fitness);
}

// A grid, of which two axes are seen.
export function gridMap(got, shared, across) {
  const [one, two] = across;
  const lone = one === two;
  const sizes = [got.edges[one].length + 1, lone ? 1 : got.edges[two].length + 1];
  const cells = gather(got, shared, (at) => got.steps[one][at] * sizes[1] + (lone ? 0 : got.steps[two][at]));
  for (const cell of cells) cell.where = [Math.floor(cell.name / sizes[1]), cell.name % sizes[1]];
  let flat = null;
  return {
    items: cells.map((cell) => cell.best),
    note: `${count(cells.length)} of ${count(sizes[0] * sizes[1])} cells filled`,
    hint: HINT,
    at(x, y) {
      const inside = (cell) => [x, y].every((value, axis) => {
        const [from, to] = axis ? [flat.y((cell.where[1] + 1) / sizes[1]), flat.y(cell.where[1] / sizes[1])] : [flat.x(cell.where[0] / sizes[0]), flat.x((cell.where[0] + 1) / sizes[0])];
        return value >= from && value < to;
      });
      return cells.find(inside)?.best;
    },
    paint(pen, width, height, selected) {
      flat = plane(width, height);
      const shade = shades(cells);
      const [w, h] = [flat.w / sizes[0], flat.h / sizes[1]];
      for (const cell of cells) {
        const corner = [flat.x(cell.where[0] / sizes[0]) + 1, flat.y((cell.where[1] + 1) / sizes[1]) + 1, Math.max(1, w - 2), Math.max(1, h - 2)];
        pen.globalAlpha = shade(cell);
        pen.fillStyle = colour("--accent");
        pen.fillRect(...corner);
        pen.globalAlpha = 1;
        if (ring(pen, cell.best, selected, shared.summary.best)) pen.strokeRect(...corner);
      }
      const marks = (axis, size) => got.edges[axis].map((edge, at) => [(at + 1) / size, edge]);
      sides(pen, flat, [got.names[one], lone ? "" : got.names[two]], marks(one, sizes[0]), lone ? [] : marks(two, sizes[1]));
    },
    table() {
      const names = lone ? [got.names[one]] : [got.names[one], got.names[two]];
      return cellTable(cells, shared, names, (cell) => names.map((_, axis) => stretch(got.edges[across[axis]], cell.where[axis])));
    },
  };
}

const stretch = (edges, step) => {
  if (!edges.length) return "all";
  if (step === 0) return `below ${number(edges[0], 4)}`;
  return `${number(edges[step - 1], 4)} ${step < edges.length ? "to " + number(edges[step], 4) : "and above"}`;
};

function cellTable(cells, shared, names, places) {
  const last = names.length;
  return table([...names, "programs", "best", shared.summary.objective.name],
    cells.slice(0, 100).map((cell) => [...places(cell), count(cell.many), el("a", { href: link(shared.key, cell.best) }, `#${cell.best}`),
      amount(shared.programs.value[cell.best], shared.summary.objective)]), { numbers: [...names.keys(), last, last + 2], caption: "cells" });
}

// Cells around centroids: whole where there are two features, else their centroids, seen from two sides.
export function centroidMap(got, shared, across) {
  const cells = gather(got, shared, (at) => got.cell[at]);
  const whole = got.outlines && across[0] !== across[1];
  const [one, two] = across;
  const turned = (corner) => (one < two ? corner : [corner[1], corner[0]]);
  let flat = null;
  const middle = (cell) => { const point = got.points[cell.name]; return [flat.x(point[one] ?? 0.5), flat.y(one === two ? 0.5 : point[two])]; };
  function path(pen, name) {
    pen.beginPath();
    got.outlines[name].forEach((corner, at) => {
      const [x, y] = turned(corner);
      if (at) pen.lineTo(flat.x(x), flat.y(y)); else pen.moveTo(flat.x(x), flat.y(y));
    });
    pen.closePath();
  }
  return {
    items: cells.map((cell) => cell.best),
    note: `${count(cells.length)} of ${count(got.points.length)} cells filled`,
    hint: HINT,
    at(x, y) {
      // The cell of a point is that of the nearest centroid; where cells are not seen whole, the nearest mark.
      const near = (name, cell) => { const [a, b] = middle({ name }); return { cell, far: whole ? ((x - a) / flat.w) ** 2 + ((y - b) / flat.h) ** 2 : (x - a) ** 2 + (y - b) ** 2 }; };
      const filled = new Map(cells.map((cell) => [cell.name, cell]));
      const found = got.points.map((_, name) => near(name, filled.get(name))).filter((each) => whole || each.cell).sort((a, b) => a.far - b.far)[0];
      return found && (whole || found.far < 400) ? found.cell?.best : undefined;
    },
    paint(pen, width, height, selected) {
      flat = plane(width, height);
      const shade = shades(cells);
      pen.strokeStyle = colour("--line");
      pen.lineWidth = 1;
      if (whole) got.points.forEach((_, name) => { path(pen, name); pen.stroke(); });
      for (const cell of cells) {
        if (whole) path(pen, cell.name);
        else { pen.beginPath(); pen.arc(...middle(cell), 7, 0, 2 * Math.PI); }
        pen.globalAlpha = shade(cell);
        pen.fillStyle = colour("--accent");
        pen.fill();
        pen.globalAlpha = 1;
        if (ring(pen, cell.best, selected, shared.summary.best)) pen.stroke();
      }
      const marks = (axis) => got.points.map((point, name) => [point[axis], got.near[name][axis]]).sort((a, b) => a[0] - b[0]);
      sides(pen, flat, [got.names[one] ?? "", one === two ? "" : got.names[two]], got.names.length ? marks(one) : [], one === two ? [] : marks(two));
    },
    table: () => cellTable(cells, shared, got.names, (cell) => got.near[cell.name].map((value) => number(value, 4))),
  };
}
