// All runs: how each stands, and their best programs against what was spent.
import { el, fill, put, svg, table } from "./dom.js";
import { Problem, get, of } from "./data.js";
import { amount, count, duration, gain, money, ago } from "./format.js";
import { compare } from "./compare.js";
import { address, state, trail } from "./address.js";

const AGAIN_MS = 3000;
const SOON_MS = 300; // while runs are read for the first time

export async function overview(place) {
  trail(["runs", ""]);
  const runs = await get("/api/runs");
  if (runs.length === 1) { // unless a person has gone on meanwhile
    if (!address().parts.length) location.replace(`#/run/${encodeURIComponent(runs[0].key)}`);
    return {};
  }
  const list = el("div", { class: "panel" }, el("p", { class: "wait" }, "reading …"));
  const chart = el("div");
  fill(place, el("h1", {}, `${runs.length} runs`), list, chart);
  const known = new Map();
  let over = false;
  let drawn = "";
  let comparison = null;

  async function read() {
    for (const { key } of runs) {
      if (over) return;
      const before = known.get(key);
      if (before && !before.running && before.read === 1) continue;
      try { known.set(key, await get(of(key))); }
      catch (error) {
        if (!(error instanceof Problem)) throw error;
        known.set(key, { key, error: error.message });
      }
      draw();
    }
  }

  function draw() {
    const marks = JSON.stringify([...known.values()].map((run) => [run.key, run.version, run.status]));
    if (marks === drawn) return;
    drawn = marks;
    fill(list, table(["run", "state", "best in training", "curve", "programs", "spent", "last better"],
      runs.map(({ key, folder }) => row(known.get(key), key, folder)),
      { numbers: [4, 5], caption: "runs", classes: "runs" }));
    const good = [...known.values()].filter((run) => !run.error && run.steps.length);
    if (good.length && (comparison || known.size === runs.length)) comparison = compare(chart, good, comparison);
  }

  const again = async () => { try { await read(); state(""); } catch { state("no answer from evolve view: trying again"); } };
  const reading = () => [...known.values()].some((run) => run.read < 1);
  const next = () => { timer = setTimeout(async () => { await again(); if (!over) next(); }, reading() ? SOON_MS : AGAIN_MS); };
  await read();
  let timer = 0;
  next();
  return { close() { over = true; clearTimeout(timer); comparison?.close(); } };
}

function row(run, key, folder) {
  const link = el("a", { href: `#/run/${encodeURIComponent(key)}` }, key);
  if (!run) return [link, el("span", { class: "soft" }, folder), "", "", "", "", ""];
  if (run.error) return [link, el("span", { class: "bad" }, run.error), "", "", "", "", ""];
  return [
    el("span", {}, link, el("div", { class: "soft" }, [run.problem, run.variant].filter(Boolean).join(" · "))),
    pill(run),
    el("span", { class: "num" }, amount(run.best_value, run.objective, 6),
      el("div", { class: "soft" }, gain(run.gain, run.objective, run.noise))),
    spark(run.steps), small(count(run.programs), "programs"), small(money(run.usd, run.unpriced), "spent"),
    small(run.steps.length > 1 ? ago(run.steps.at(-1)[4]) : "never", "last better"),
  ];
}

// A value that says what it is where the table has no head.
const small = (value, name) => el("span", {}, el("span", { class: "label" }, name), value);

export function pill(run) {
  if (run.read < 1) return el("span", { class: "pill plain" }, `reading: ${Math.floor(100 * run.read)} %`);
  if (run.paused) return el("span", { class: "pill warn" }, "paused");
  if (run.running) return el("span", { class: "pill live" }, "running");
  const bad = ["failing", "stopped", "interrupted"].includes(run.status);
  return el("span", { class: `pill ${bad ? "warn" : "plain"}` }, run.status === "stopped" ? "stopped" : `ended: ${run.status}`);
}

// The best so far over proposals, as a small line.
export function spark(steps, end = null) {
  if (steps.length < 2) return el("span", { class: "soft" }, "–");
  const last = end || steps.at(-1)[2] || 1;
  const values = steps.map((step) => step[1]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at) => (100 * at / last).toFixed(2);
  const y = (value) => (27 - 24 * (value - low) / (high - low || 1)).toFixed(2);
  const path = steps.map((step, at) => (at ? `H${x(step[2])}V${y(step[1])}` : `M0,${y(step[1])}`)).join("") + "H100";
  const drawn = svg("svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none", class: "spark", role: "img",
    "aria-label": `best so far, in ${steps.length} steps` }, svg("path", { d: path }));
  return drawn;
}
