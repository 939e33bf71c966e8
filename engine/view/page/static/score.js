// Scores over programs, with the best so far; a click picks a program.
import { colour, el, fill, table } from "./dom.js";
import { amount, count, gain, number, short } from "./format.js";
import { axes, size } from "./compare.js";
import { remember } from "./address.js";
import { picked } from "./picked.js";

const COLUMNS = 700;
const ROWS = 220;
const LABEL = "scores of all programs; arrow keys go along the programs that were better";

export async function scoreTab(place, shared, query) {
  const { programs, key } = shared;
  const chart = el("div", { class: "chart", tabindex: "0", role: "img", "aria-label": LABEL });
  const card = el("div", { class: "picked", "aria-live": "polite" });
  const rows = el("details", {}, el("summary", {}, "better programs as a table"));
  const wide = el("button", { type: "button", "aria-pressed": "false", onclick: () => { far = !far; wide.setAttribute("aria-pressed", String(far)); draw(); } }, "with outliers");
  const whole = el("button", { type: "button", onclick: () => { range = null; draw(); } }, "all programs");
  fill(place, el("section", { class: "panel", "aria-label": "score" },
    el("div", { class: "row spread" }, key_(shared.summary.heldout_marks.length), el("div", { class: "row" }, wide, whole)), chart, card, rows));
  let far = false;
  let range = null;
  let plot = null;
  let selected = query.has("program") ? Number(query.get("program")) : null;

  function draw() {
    const data = points(programs, shared.summary, range, far);
    const empty = data.chosen.length || data.outside ? "" : nothing(shared.summary);
    plot?.destroy();
    fill(chart, empty ? el("p", { class: "wait" }, empty) : null);
    chart.setAttribute("aria-label", empty || LABEL);
    plot = empty ? null : new uPlot(options(chart, data, shared, pick, zoom), data.columns, chart);
    fill(rows, el("summary", {}, "better programs as a table"), improvements(shared));
    chart.dataset.programs = String(programs.size);
    wide.textContent = far || !data.outside ? "with outliers" : `with ${count(data.outside)} outlier${data.outside === 1 ? "" : "s"}`;
    show();
  }

  function zoom(low, high) {
    range = [Math.max(0, Math.floor(low)), Math.min(programs.size - 1, Math.ceil(high))];
    draw();
  }

  function pick(number) {
    selected = number;
    remember({ program: number });
    show();
  }

  function show() {
    if (selected === null || !(selected < programs.size)) {
      fill(card, el("span", { class: "soft" }, hint(programs, shared.summary)));
      return;
    }
    picked(card, shared, selected);
  }

  chart.addEventListener("keydown", (event) => {
    const line = programs.steps.map((step) => step[0]);
    const at = line.indexOf(selected);
    if (event.key === "ArrowRight") pick(line[Math.min(line.length - 1, at + 1)]);
    else if (event.key === "ArrowLeft") pick(line[Math.max(0, (at < 0 ? line.length : at) - 1)]);
    else if (event.key === "Enter" && selected !== null) location.hash = `#/run/${encodeURIComponent(key)}/program/${selected}`;
    else return;
    event.preventDefault();
  });

  await programs.update();
  draw();
  const watch = new ResizeObserver(() => plot && plot.width !== size(chart).width && draw());
  watch.observe(chart);
  window.addEventListener("themed", draw);
  return {
    async update() { await programs.update(); draw(); },
    close() { watch.disconnect(); window.removeEventListener("themed", draw); plot?.destroy(); },
  };
}

function hint(programs, summary) {
  if (summary.best === null) return "";
  return programs.size > 1 ? "Click a point to see its program; drag to zoom." : "Programs appear here as they are made.";
}

// What stands in place of a chart without a point.
function nothing(summary) {
  if (summary.best !== null) return "No program here has a score.";
  if (summary.read < 1) return "No program that is read so far has a score.";
  return summary.running ? "No program has a score yet." : "No program has a score.";
}

function key_(held) {
  return el("div", { class: "key" },
    el("span", {}, el("i", { tint: "var(--accent)" }), "best so far"), el("span", {}, el("i", { tint: "var(--good)" }), "kept"),
    el("span", {}, el("i", { tint: "var(--point)" }), "not kept"), el("span", {}, el("i", { tint: "var(--warn)" }), "seed program, with its noise"),
    held ? el("span", {}, el("i", { class: "open" }), "on held-out cases") : null);
}

// Columns for the chart: of the programs in a range, one point for each cell that a person can tell apart.
export function points(programs, summary, range, far) {
  const [first, last] = range || [0, Math.max(1, programs.size - 1)];
  const [low, high] = bounds(programs, summary, first, last, far);
  const width = Math.max(1, (last - first) / COLUMNS);
  const height = (high - low) / ROWS || 1;
  const seen = new Set();
  const chosen = [];
  let outside = 0;
  for (let at = first; at <= last && at < programs.size; at += 1) {
    const value = programs.value[at];
    if (value === null) continue;
    if (value < low || value > high) { outside += 1; continue; }
    const cell = (Math.floor((at - first) / width) * (ROWS + 1) + Math.floor((value - low) / height)) * 2 + programs.kept[at];
    if (!seen.has(cell)) { seen.add(cell); chosen.push(at); }
  }
  return { columns: merged(programs, summary, chosen, [first, last, low, high]), low, high, chosen, outside };
}

function merged(programs, summary, chosen, [first, last, low, high]) {
  const taken = reached(programs.steps);
  const before = taken.filter(([x]) => x < first).at(-1);
  const at = new Map(taken.filter(([x]) => x >= first && x <= last));
  const marked = summary.heldout_marks.map(([number]) => number).filter((number) => number >= first && number <= last);
  const xs = [...new Set([...chosen, ...marked, ...at.keys(), first, last])].sort((a, b) => a - b);
  const own = new Set(chosen);
  let best = before ? before[1] : null;
  const line = xs.map((x) => { if (at.has(x)) best = at.get(x); return best; });
  const kept = xs.map((x) => (own.has(x) && programs.kept[x] ? programs.value[x] : null));
  const other = xs.map((x) => (own.has(x) && !programs.kept[x] ? programs.value[x] : null));
  const held = new Map(summary.heldout_marks.filter(([, value]) => value >= low && value <= high));
  const seed = summary.seed_value;
  return [xs, other, kept, xs.map(() => seed), xs.map(() => (seed === null ? null : seed + summary.noise)), xs.map(() => (seed === null ? null : seed - summary.noise)), line, xs.map((x) => held.get(x) ?? null)];
}

// Where each step of the best so far begins: at its program, or where an older one took the lead by later cases.
function reached(steps) {
  let x = 0;
  return steps.map(([number, value]) => { x = Math.max(x, number); return [x, value]; });
}

// What the vertical axis spans: without the worst tenth, and no more than three times as far as the best so far has
// moved, unless it is asked for. Bad programs would otherwise press the curve flat.
function bounds(programs, summary, first, last, far) {
  const values = [];
  const stride = Math.max(1, Math.floor((last - first) / 20000));
  for (let at = first; at <= last && at < programs.size; at += stride) if (programs.value[at] !== null) values.push(programs.value[at]);
  for (const step of programs.steps) if (step[0] <= last) values.push(step[1]);
  if (!values.length) return [0, 1];
  values.sort((a, b) => a - b);
  let [low, high] = [values[0], values.at(-1)];
  if (!far && values.length > 20) {
    const tenth = Math.floor(values.length / 10);
    const anchors = [summary.seed_value, programs.steps.at(-1)?.[1] ?? null].filter((value) => value !== null);
    const [least, most] = [Math.min(...anchors), Math.max(...anchors)];
    const reach = most > least ? 2 * (most - least) : Infinity;
    if (summary.objective.direction === "minimize") high = Math.min(values[values.length - 1 - tenth], most + reach);
    else low = Math.max(values[tenth], least - reach);
    [low, high] = [Math.min(low, ...anchors), Math.max(high, ...anchors)];
  }
  const pad = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  return [low - pad, high + pad];
}

function options(chart, data, shared, pick, zoom) {
  const dots = (stroke, big) => ({ stroke, paths: () => null, points: { show: true, size: big, fill: stroke, width: 0 } });
  const line = (stroke, extra) => ({ stroke, points: { show: false }, ...extra });
  return {
    ...size(chart), legend: { show: false },
    scales: { x: { time: false }, y: { range: [data.low, data.high] } },
    axes: axes("programs", short, shared.summary.objective.name + (shared.summary.objective.unit ? ` (${shared.summary.objective.unit})` : "")),
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
    bands: [{ series: [4, 5], fill: colour("--warn") + "22" }],
    series: [{}, dots(colour("--point"), 4), dots(colour("--good"), 5), line(colour("--warn"), { dash: [5, 4], width: 1 }),
      line("transparent"), line("transparent"), line(colour("--accent"), { width: 2.5, paths: uPlot.paths.stepped({ align: 1 }) }),
      { stroke: colour("--held"), paths: () => null, points: { show: true, size: 10, width: 2, fill: colour("--raised") } }],
    hooks: {
      setSelect: [(u) => { if (u.select.width > 4) zoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")); }],
      ready: [(u) => u.over.addEventListener("click", (event) => {
        const number = nearest(u, data, event);
        if (number !== null) pick(number);
      })],
    },
  };
}

function nearest(u, data, event) {
  const box = u.over.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  let [found, distance] = [null, 30 * 30];
  const [xs, other, kept, , , , line, held] = data.columns;
  xs.forEach((number, at) => {
    for (const value of [other[at], kept[at], held[at], at && line[at] === line[at - 1] ? null : line[at]]) {
      if (value === null || value === undefined) continue;
      const away = (u.valToPos(number, "x") - x) ** 2 + (u.valToPos(value, "y") - y) ** 2;
      if (away < distance) [found, distance] = [number, away];
    }
  });
  return found;
}

function improvements(shared) {
  const { summary, programs, key } = shared;
  const steps = programs.steps.slice(-200).reverse();
  const sign = summary.objective.direction === "minimize" ? -1 : 1;
  return table(["program", summary.objective.name, "better by", "operator", "after proposals", "spent"],
    steps.map((step, at) => {
      const before = steps[at + 1];
      return [el("a", { href: `#/run/${encodeURIComponent(key)}/program/${step[0]}` }, `#${step[0]}`), amount(step[1], summary.objective),
        before ? number(sign * (step[1] - before[1]), 4) : "", programs.operator[step[0]] || "", count(step[2]), `$${step[6].toFixed(2)}`];
    }), { numbers: [1, 2, 4, 5], caption: "better programs" });
}
