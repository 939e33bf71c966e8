// Runs beside one another: the best so far against what was spent, runs of other random seeds as a band.
import { colour, el, fill, table } from "./dom.js";
import { amount, duration, number, short, money } from "./format.js";

const AXES = [["proposals", 2], ["evaluations", 3], ["seconds", 4], ["tokens", 5], ["dollars", 6]];
const HUES = [200, 25, 140, 280, 55, 330, 95, 240];

export function compare(place, runs) {
  const sameGoal = runs.filter((run) => run.problem === runs[0].problem && run.objective.name === runs[0].objective.name);
  let axis = 0;
  const chart = el("div", { class: "chart" });
  const buttons = AXES.map(([name], at) => el("button", { type: "button", "aria-pressed": String(at === axis), onclick: () => { axis = at; draw(); } }, name));
  const objective = runs[0].objective;
  const panel = el("section", { class: "panel", "aria-label": "comparison" },
    el("div", { class: "row spread" }, el("h2", {}, `${objective.name}${objective.unit ? " (" + objective.unit + ")" : ""}, best so far`),
      el("div", { class: "row", role: "group", "aria-label": "against" }, buttons)), chart,
    el("div", { class: "key" }, sameGoal.slice(0, HUES.length).map((run, at) => el("span", {}, el("i", { tint: tint(at) }), run.key))),
    el("details", {}, el("summary", {}, "as a table"), table(["run", "best", "proposals", "evaluations", "time", "tokens", "dollars"],
      sameGoal.map((run) => [run.key, amount(run.best_value, run.objective), number(run.proposals), number(run.evaluations),
        duration(run.seconds), short(run.tokens), money(run.usd, run.unpriced)]), { numbers: [1, 2, 3, 4, 5, 6], caption: "comparison" })));
  fill(place, panel);
  let plot = null;

  function draw() {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === axis)));
    plot?.destroy();
    const shown = sameGoal.slice(0, HUES.length);
    const lines = shown.map((run) => steps(run, AXES[axis][1]));
    const xs = [...new Set(lines.flat().map(([x]) => x))].sort((a, b) => a - b);
    const ys = lines.map((line) => along(line, xs));
    plot = new uPlot(options(chart, shown, AXES[axis][0]), [xs, ...ys], chart);
  }

  draw();
  const again = () => draw();
  window.addEventListener("themed", again);
  new ResizeObserver(() => plot && plot.setSize(size(chart))).observe(chart);
}

function steps(run, column) {
  const first = run.steps[0][4];
  const found = run.steps.map((step) => [column === 4 ? step[4] - first : step[column], step[1]]);
  const ends = { 2: run.proposals, 3: run.evaluations, 4: run.seconds, 5: run.tokens, 6: run.usd };
  const end = Math.max(ends[column], found.at(-1)[0]);
  return [...found, [end, found.at(-1)[1]]];
}

function along(line, xs) {
  let at = -1;
  const end = line.at(-1)[0];
  return xs.map((x) => {
    while (at + 1 < line.length && line[at + 1][0] <= x) at += 1;
    return at < 0 || x > end ? null : line[at][1];
  });
}

export const tint = (at) => `hsl(${HUES[at % HUES.length]} 55% 50%)`;

export function size(chart) {
  return { width: Math.max(220, chart.clientWidth), height: chart.clientWidth < 500 ? 260 : 330 };
}

export function axes(xLabel, format = short) {
  const common = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return [{ ...common, label: xLabel, labelFont: "12px system-ui, sans-serif", labelSize: 18, values: (u, all) => all.map((value) => format(value)) },
    { ...common, size: 66, values: (u, all) => all.map((value) => number(value, 6)) }];
}

function options(chart, runs, name) {
  return {
    ...size(chart), scales: { x: { time: false } }, legend: { show: false }, cursor: { drag: { x: true, y: false } },
    axes: axes(name, name === "seconds" ? duration : short),
    series: [{}, ...runs.map((run, at) => ({ label: run.key, stroke: tint(at), width: 2, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) }))],
  };
}
