// Runs beside one another: the best so far against what was spent, runs of other random seeds as a band.
import { colour, el, fill, table } from "./dom.js";
import { amount, duration, number, short, money } from "./format.js";

const AXES = [["proposals", 2], ["evaluations", 3], ["seconds", 4], ["tokens", 5], ["dollars", 6]];
const HUES = [200, 25, 140, 280, 55, 330, 95, 240];

// Draw the comparison; `last` is what an earlier drawing of it returned, of which the choice of the axis is kept.
export function compare(place, runs, last = null) {
  last?.close();
  const repeats = repeated(runs);
  let together = last ? repeats && last.together() : repeats;
  const goals = new Map(runs.map((run) => [goalOf(run), run]));
  let goal = goals.has(last?.goal()) ? last.goal() : goalOf(runs[0]);
  let sameGoal = [];
  let axis = last?.axis() ?? 0;
  const chart = el("div", { class: "chart" });
  const buttons = AXES.map(([name], at) => el("button", { type: "button", "aria-pressed": String(at === axis), onclick: () => { axis = at; draw(); } }, name));
  const title = el("h2", {});
  const choice = el("select", { "aria-label": "problem", onchange: () => { goal = choice.value; draw(); } },
    [...goals].map(([name, run]) => el("option", { value: name, selected: name === goal ? "" : null }, run.problem)));
  const listed = el("details", {}, el("summary", {}, "as a table"));
  const keys = el("div", { class: "key" });
  const each = el("button", { type: "button", "aria-pressed": String(!together), onclick: () => { together = !together; each.setAttribute("aria-pressed", String(!together)); draw(); } }, "each run");
  const panel = el("section", { class: "panel", "aria-label": "comparison" },
    el("div", { class: "row spread" }, el("div", { class: "row" }, title, goals.size > 1 ? choice : null),
      el("div", { class: "row", role: "group", "aria-label": "against" }, buttons, repeats ? each : null)), chart, keys, listed);
  fill(place, panel);
  let plot = null;

  function draw() {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === axis)));
    plot?.destroy();
    sameGoal = runs.filter((run) => goalOf(run) === goal);
    const { name: metric, unit } = sameGoal[0].objective;
    fill(title, `${metric}${unit ? " (" + unit + ")" : ""}, best so far`);
    fill(listed, el("summary", {}, "as a table"), table(["run", "best", "proposals", "evaluations", "time", "tokens", "dollars"],
      sameGoal.map((run) => [run.key, amount(run.best_value, run.objective), number(run.proposals), number(run.evaluations),
        duration(run.seconds), short(run.tokens), money(run.usd, run.unpriced)]), { numbers: [1, 2, 3, 4, 5, 6], caption: "comparison" }));
    const groups = (together ? settings(sameGoal) : sameGoal.map((run) => [run.key, [run]])).slice(0, HUES.length);
    const lines = groups.map(([, members]) => members.map((run) => steps(run, AXES[axis][1])));
    const xs = [...new Set(lines.flat(2).map(([x]) => x))].sort((a, b) => a - b);
    const ys = lines.map((members) => spread(members.map((line) => along(line, xs)), xs.length)).flat();
    const alone = groups.map(([, members], at) => (members.length > 1 ? lines[at].map((line) => rest(along(line, xs), ys[3 * at])) : []));
    plot = new uPlot(options(chart, groups, alone, AXES[axis][0]), [xs, ...ys, ...alone.flat()], chart);
    const longer = alone.map((members) => members.filter((line) => line.filter((value) => value !== null).length > 1).length);
    chart.dataset.lines = String(longer.reduce((sum, many) => sum + many, groups.length));
    fill(keys, groups.map(([name, members], at) => el("span", {}, el("i", { tint: tint(at) }), members.length > 1 ? `${name}: median and range of ${members.length} runs${longer[at] ? ", as far as all went; then each" : ""}` : name)));
  }

  draw();
  const again = () => draw();
  window.addEventListener("themed", again);
  const watch = new ResizeObserver(() => plot && plot.setSize(size(chart)));
  watch.observe(chart);
  return {
    axis: () => axis,
    goal: () => goal,
    together: () => together,
    close() { watch.disconnect(); window.removeEventListener("themed", again); plot?.destroy(); },
  };
}

const goalOf = (run) => JSON.stringify([run.problem, run.objective.name]);

// Whether some of these runs differ in nothing but their random seed.
const repeated = (runs) => settings(runs).some(([, members]) => members.length > 1);

function settings(runs) {
  const found = new Map();
  for (const run of runs) found.set(run.setting, [...(found.get(run.setting) || []), run]);
  return [...found].map(([name, members]) => [members.length > 1 ? name : members[0].key, members]);
}

// The least, the most and the median of some lines at each point where all of them are known.
function spread(lines, size) {
  const [low, high, middle] = [[], [], []];
  for (let at = 0; at < size; at += 1) {
    const values = lines.map((line) => line[at]).sort((a, b) => a - b);
    if (values.includes(null)) { [low, high, middle].forEach((each) => each.push(null)); continue; } // one is over, or not begun
    const half = values.length >> 1;
    low.push(values[0]);
    high.push(values.at(-1));
    middle.push(values.length % 2 ? values[half] : (values[half - 1] + values[half]) / 2);
  }
  return [high, low, middle];
}

// A line from where not all of its setting are known any more, which is where their band ends.
function rest(line, band) {
  const end = band.findLastIndex((value) => value !== null);
  return line.map((value, at) => (at < end ? null : value));
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

export const tint = (at, alpha = 1) => `hsl(${HUES[at % HUES.length]} 55% 50% / ${alpha})`;

export function size(chart) {
  return { width: Math.max(220, chart.clientWidth), height: chart.clientWidth < 500 ? 260 : 330 };
}

// No part of one is counted: an axis of programs, proposals or tokens has whole numbers only.
const WHOLE = [1, 2, 5].flatMap((step) => [...Array(13).keys()].map((zeros) => step * 10 ** zeros)).sort((a, b) => a - b);

// Nor does a label round what it stands for.
const SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 432000, 864000];
const INCREMENTS = new Map([[short, WHOLE], [duration, SECONDS]]);

export function axes(xLabel, format = short, yLabel = "") {
  const common = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return [{ ...common, size: 32, space: format === duration ? 90 : 50, ...(INCREMENTS.has(format) ? { incrs: INCREMENTS.get(format) } : {}), label: xLabel, labelFont: "12px system-ui, sans-serif", labelSize: 18, values: (u, all) => all.map((value) => format(value)) },
    { ...common, size: 66, ...(yLabel ? { label: yLabel, labelFont: "12px system-ui, sans-serif", labelSize: 18 } : {}), values: (u, all) => all.map((value) => number(value, 6)) }];
}

function options(chart, groups, alone, name) {
  const stepped = { points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) };
  return {
    ...size(chart), scales: { x: { time: false } }, legend: { show: false }, cursor: { drag: { x: true, y: false } },
    axes: axes(name, { seconds: duration, dollars: (value) => number(value, 3) }[name]),
    bands: groups.map((group, at) => ({ series: [3 * at + 1, 3 * at + 2], fill: tint(at, 0.18) })),
    series: [{}, ...groups.flatMap(([label], at) => [{ ...stepped, width: 0 }, { ...stepped, width: 0 }, { ...stepped, label, stroke: tint(at), width: 2 }]),
      ...alone.flatMap((lines, at) => lines.map(() => ({ ...stepped, stroke: tint(at), width: 1 })))],
  };
}
