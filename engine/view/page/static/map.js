// Where programs lie by their features: the best of each cell, as archives with cells see them.
import { colour, el, fill, table } from "./dom.js";
import { get, of } from "./data.js";
import { amount, count, number } from "./format.js";
import { remember } from "./main.js";
import { link, picked } from "./picked.js";

const BINS = 12; // where an axis names none

export async function mapTab(place, shared, query) {
  const got = await get(of(shared.key, "features"));
  await shared.programs.update();
  if (!got.axes.length || !got.number.length) {
    fill(place, el("section", { class: "panel" }, el("p", {}, got.axes.length ? "No program has a score yet." :
      "This problem names no features, so there is no map. A problem gets one by [[features]] in its problem.toml.")));
    return {};
  }
  const canvas = el("canvas", { class: "canvas", role: "img", "aria-label": "map of cells; the table below holds the same" });
  const card = el("div", { class: "picked", "aria-live": "polite" });
  const note = el("span", { class: "soft" });
  const names = got.axes.map((axis) => axis.metric);
  const choose = (at) => el("select", { "aria-label": at ? "up" : "across", onchange: (event) => { across[at] = Number(event.target.value); draw(); } },
    names.map((name, index) => el("option", { value: index, selected: index === across[at] }, name)));
  const across = [0, names.length > 1 ? 1 : 0];
  const more = el("details", {}, el("summary", {}, "cells as a table"));
  fill(place, el("section", { class: "panel", "aria-label": "map" }, el("div", { class: "row" }, choose(0), "×", choose(1), note), canvas, card, more));
  let cells = [];
  let selected = query.has("program") ? Number(query.get("program")) : null;

  function draw() {
    cells = gather(got, shared, across);
    note.textContent = `${count(cells.length)} cells filled`;
    paint(canvas, cells, got, across, shared, selected);
    if (selected !== null && selected < shared.programs.size) picked(card, shared, selected);
    else fill(card, el("span", { class: "soft" }, "Click a cell for its best program. The darker, the better."));
    fill(more, el("summary", {}, "cells as a table"), table([names[across[0]], names[across[1]], "programs", "best", shared.summary.objective.name],
      [...cells].sort((a, b) => b.fitness - a.fitness).slice(0, 100).map((cell) => [number(cell.low[0], 4), number(cell.low[1], 4), count(cell.many),
        el("a", { href: link(shared.key, cell.best) }, `#${cell.best}`), amount(shared.programs.value[cell.best], shared.summary.objective)]), { numbers: [0, 1, 2, 4], caption: "cells" }));
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const cell = cells.find((each) => x >= each.box[0] && x < each.box[0] + each.box[2] && y >= each.box[1] && y < each.box[1] + each.box[3]);
    if (cell) { selected = cell.best; remember({ program: selected }); draw(); }
  });
  draw();
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  window.addEventListener("themed", draw);
  return {
    async update() { await shared.programs.update(); Object.assign(got, await get(of(shared.key, "features"))); draw(); },
    close() { watch.disconnect(); window.removeEventListener("themed", draw); },
  };
}

// Edges of the cells along an axis: as the problem says, by rank where it leaves that to the data.
function edgesOf(axis, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const bins = Math.max(1, Math.min(axis.bins || BINS, 60));
  if (axis.scale === "quantile" || axis.low === null || axis.high === null) {
    const distinct = [...new Set(sorted)];
    if (distinct.length <= bins) return distinct;
    return [...new Set(Array.from({ length: bins }, (_, at) => sorted[Math.floor(at * sorted.length / bins)]))];
  }
  if (axis.scale === "log") return Array.from({ length: bins }, (_, at) => axis.low * (axis.high / axis.low) ** (at / bins));
  return Array.from({ length: bins }, (_, at) => axis.low + (axis.high - axis.low) * at / bins);
}

function bin(edges, value) {
  let [low, high] = [0, edges.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (edges[middle] <= value) low = middle; else high = middle - 1;
  }
  return low;
}

function gather(got, shared, across) {
  const sign = shared.summary.objective.direction === "minimize" ? -1 : 1;
  const edges = across.map((axis) => edgesOf(got.axes[axis], got.features.map((row) => row[axis])));
  const flat = across[0] === across[1];
  const cells = new Map();
  got.number.forEach((n, at) => {
    const value = shared.programs.value[n];
    if (value === null || value === undefined) return;
    const where = [bin(edges[0], got.features[at][across[0]]), flat ? 0 : bin(edges[1], got.features[at][across[1]])];
    const name = where.join();
    const cell = cells.get(name) || { where, low: [edges[0][where[0]], flat ? edges[0][where[0]] : edges[1][where[1]]], many: 0, fitness: -Infinity, best: n, sizes: [edges[0].length, flat ? 1 : edges[1].length] };
    cell.many += 1;
    if (sign * value > cell.fitness) Object.assign(cell, { fitness: sign * value, best: n });
    cells.set(name, cell);
  });
  return [...cells.values()];
}

function paint(canvas, cells, got, across, shared, selected) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const [left, bottom, top] = [58, 40, 10];
  const sizes = cells[0]?.sizes || [1, 1];
  const [w, h] = [(width - left - 10) / sizes[0], (height - bottom - top) / sizes[1]];
  const ranked = cells.map((cell) => cell.fitness).sort((a, b) => a - b);
  const place = new Map(ranked.map((fitness, at) => [fitness, ranked.length > 1 ? at / (ranked.length - 1) : 1]));
  const accent = colour("--accent");
  for (const cell of cells) {
    cell.box = [left + cell.where[0] * w, top + (sizes[1] - 1 - cell.where[1]) * h, w, h];
    pen.globalAlpha = 0.15 + 0.85 * place.get(cell.fitness) ** 1.5;
    pen.fillStyle = accent;
    pen.fillRect(cell.box[0] + 1, cell.box[1] + 1, Math.max(1, w - 2), Math.max(1, h - 2));
    pen.globalAlpha = 1;
    if (cell.best === selected || cell.best === shared.summary.best) {
      pen.strokeStyle = colour(cell.best === selected ? "--ink" : "--good");
      pen.lineWidth = 2;
      pen.strokeRect(cell.box[0] + 1, cell.box[1] + 1, w - 2, h - 2);
    }
  }
  pen.fillStyle = colour("--soft");
  pen.font = "12px system-ui, sans-serif";
  pen.fillText(got.axes[across[0]].metric, left, height - 8);
  for (const cell of cells) {
    if (cell.where[1] === 0 && w > 40) pen.fillText(number(cell.low[0], 3), cell.box[0] + 2, height - 24);
    if (cell.where[0] === 0 && h > 14) pen.fillText(number(cell.low[1], 3), 4, cell.box[1] + h / 2 + 4);
  }
  pen.save();
  pen.translate(width - 2, height - bottom);
  pen.restore();
}
