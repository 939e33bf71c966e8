// All runs: how each stands, and their best programs against what was spent.
import { el, fill, put, svg, table } from "./dom.js";
import { Problem, get, of } from "./data.js";
import { isKept } from "./kept.js";
import { amount, count, duration, gain, money, ago } from "./format.js";
import { compare } from "./compare.js";
import { state, trail } from "./main.js";

const AGAIN_MS = 3000;

export async function overview(place) {
  trail(["runs", ""]);
  const runs = await get("/api/runs");
  if (isKept()) { location.replace(`#/run/${encodeURIComponent(runs[0].key)}`); return {}; }
  const list = el("div", { class: "panel" }, el("p", { class: "wait" }, "reading …"));
  const chart = el("div");
  fill(place, el("h1", {}, runs.length === 1 ? "One run" : `${runs.length} runs`), list, chart);
  const known = new Map();
  let over = false;
  let drawn = "";

  async function read() {
    for (const { key } of runs) {
      if (over) return;
      if (known.has(key) && !known.get(key).running) continue;
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
    fill(list, table(["run", "state", "best", "curve", "programs", "spent", "last better"],
      runs.map(({ key, folder }) => row(known.get(key), key, folder)),
      { numbers: [4, 5], caption: "runs", classes: "runs" }));
  }

  const again = async () => { try { await read(); state(""); } catch { state("no answer from evolve view: trying again"); } };
  await read();
  const good = [...known.values()].filter((run) => !run.error && run.steps.length);
  if (good.length) compare(chart, good);
  const timer = setInterval(again, AGAIN_MS);
  return { close() { over = true; clearInterval(timer); } };
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
    spark(run.steps), count(run.programs), money(run.usd, run.unpriced),
    run.steps.length > 1 ? ago(run.steps.at(-1)[4]) : "never",
  ];
}

export function pill(run) {
  if (run.paused) return el("span", { class: "pill warn" }, "paused");
  if (run.running) return el("span", { class: "pill live" }, "running");
  const bad = ["failing", "stopped", "interrupted"].includes(run.status);
  return el("span", { class: `pill ${bad ? "warn" : "plain"}` }, run.status === "stopped" ? "stopped" : `ended: ${run.status}`);
}

// The best so far over proposals, as a small line.
export function spark(steps) {
  if (steps.length < 2) return el("span", { class: "soft" }, "–");
  const last = steps.at(-1)[2] || 1;
  const values = steps.map((step) => step[1]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at) => (100 * at / last).toFixed(2);
  const y = (value) => (27 - 24 * (value - low) / (high - low || 1)).toFixed(2);
  const path = steps.map((step, at) => (at ? `H${x(step[2])}V${y(step[1])}` : `M0,${y(step[1])}`)).join("") + "H100";
  const drawn = svg("svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none", class: "spark", role: "img",
    "aria-label": `best so far, in ${steps.length} steps` }, svg("path", { d: path }));
  return drawn;
}
