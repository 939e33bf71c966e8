// One run: how it stands, what to do next, and its views behind tabs.
import { command, el, fill, put } from "./dom.js";
import { Programs, Stream, of, get } from "./data.js";
import { amount, ago, count, counted, duration, gain, money, number, short } from "./format.js";
import { isKept } from "./kept.js";
import { address, state, trail } from "./address.js";
import { pill } from "./overview.js";
import { scoreTab } from "./score.js";
import { treeTab } from "./tree.js";
import { mapTab } from "./map.js";
import { operatorsTab } from "./operators.js";
import { proposalsTab } from "./proposals.js";
import { timeTab } from "./time.js";
import { notesTab } from "./notes.js";
import { steerTab } from "./steer.js";

const TABS = { score: ["Score", scoreTab], tree: ["Tree", treeTab], map: ["Map", mapTab], operators: ["Operators", operatorsTab],
  proposals: ["Proposals", proposalsTab], time: ["Time", timeTab], notes: ["Notes", notesTab], steer: ["Steer", steerTab] };
const SOONEST_MS = 700;
const GONE = "no answer from evolve view: trying again";

export async function runView(place, parts) {
  const key = parts[1];
  trail(["runs", "#/"], [key, ""]);
  const head = el("div");
  const tabs = el("nav", { class: "tabs", "aria-label": "views of the run" });
  const body = el("div");
  fill(place, head, tabs, body);
  fill(head, el("p", { class: "wait" }, "reading the run …"));
  const programs = new Programs(key);
  const shared = { key, programs, summary: null };
  let name = "";
  let tab = null;
  let waiting = false;

  async function turn(next) {
    const chosen = TABS[next[2]] ? next[2] : "score";
    fill(tabs, Object.entries(TABS).filter(([each]) => each !== "steer" || !isKept()).map(([each, [title]]) =>
      el("a", { href: `#/run/${encodeURIComponent(key)}/${each}`, "aria-current": each === chosen ? "page" : null }, title)));
    if (chosen === name) { tab?.turn?.(address().query); return; }
    tab?.close?.();
    name = chosen;
    const own = el("div");
    fill(body, own);
    tab = null;
    const made = await TABS[chosen][1](own, shared, address().query);
    if (name === chosen) tab = made; else made?.close?.();
  }

  async function update() {
    if (waiting) return;
    waiting = true;
    await new Promise((done) => { setTimeout(done, SOONEST_MS); });
    waiting = false;
    try { await tab?.update?.(); } catch { state(GONE); } // the stream tells when it is back
  }

  function heard(summary) {
    const before = shared.summary;
    shared.summary = summary;
    draw(head, summary);
    if (before && before.version !== summary.version) update();
  }

  shared.summary = await get(of(key));
  draw(head, shared.summary);
  const stream = new Stream(key, heard, state);
  try {
    await turn(parts);
  } catch (error) {
    stream.close();
    throw error;
  }
  return {
    same: (next) => next[1] === key,
    turn,
    close() { stream.close(); tab?.close?.(); name = "closed"; },
  };
}

function draw(head, run) {
  const better = run.objective.direction === "minimize" ? "lower is better" : "higher is better";
  fill(head,
    el("div", { class: "row spread" },
      el("h1", {}, run.problem, run.variant ? ` · ${run.variant}` : ""),
      el("div", { class: "row" }, pill(run), run.ships !== null ? el("span", { class: "pill good" }, run.ships ? `#${run.ships} ships` : "the seed program ships") : null)),
    el("section", { class: "panel hero", "aria-label": "how the run stands" }, best(run, better), facts(run)),
    run.next.length || run.flags.length ? el("section", { class: "panel", "aria-label": "what to do next" }, el("h2", {}, "What to do next"),
      run.waiting.length && !isKept() ? el("p", {}, el("a", { href: `#/run/${encodeURIComponent(run.key)}/steer` }, "approve or refuse"), " here, or in a terminal:") : null,
      run.flags.slice(-3).map((text) => el("p", { class: "note" }, text)),
      steps(run.next.slice(0, 1)),
      run.next.length > 1 ? el("details", {}, el("summary", {}, "or"), steps(run.next.slice(1))) : null) : null);
}

const steps = (all) => el("ul", { class: "next" }, all.map((each) => el("li", {}, each.text, each.command ? command(each.command) : null)));

function best(run, better) {
  const link = run.best === null ? null : el("a", { href: `#/run/${encodeURIComponent(run.key)}/program/${run.best}` }, `program #${run.best}`);
  const improved = run.gain > 0 && !(run.noise > 0 && run.gain < 2 * run.noise);
  return el("div", {},
    el("div", { class: "soft" }, `best ${run.objective.name} on the training cases, ${better}`),
    el("div", { class: "value num" }, amount(run.best_value, run.objective, 7)),
    el("div", { class: improved ? "good" : "soft" }, gain(run.gain, run.objective, run.noise), " than the seed program".repeat(run.gain ? 1 : 0)),
    el("div", {}, link), run.verdict ? el("p", { class: "soft" }, /held-out/.test(run.verdict) ? run.verdict : `held-out cases: ${run.verdict}`) : null);
}

function facts(run) {
  const cap = (name) => run.budget.find((each) => each.name === name);
  const failures = Object.entries(run.causes).filter(([name]) => name !== "duplicate");
  const failed = failures.reduce((sum, [, many]) => sum + many, 0);
  const last = run.steps.at(-1);
  return el("dl", { class: "facts" },
    fact("last better", last && run.steps.length > 1 ? ago(last[4]) : "not yet", `${counted(run.since, "proposal")} since`),
    fact("spent", money(run.usd, run.unpriced), run.tokens ? `${short(run.tokens)} tokens` : "no tokens", cap("usd") || cap("tokens")),
    fact("proposals", count(run.proposals), counted(run.programs, "program"), cap("proposals")),
    fact("evaluations", count(run.evaluations), [run.trial_evaluations ? `${count(run.trial_evaluations)} of trials` : "", run.running ? `${counted(run.in_flight, "task")} in flight` : ""].filter(Boolean).join(", "), cap("evaluations")),
    run.to_come ? fact("still to come", `about ${duration(run.to_come.seconds)}`, `${run.to_come.usd === null ? "" : `about ${money(run.to_come.usd)}, `}until the cap of ${run.to_come.cap}`) : null,
    fact("time", duration(run.seconds), run.rate ? `${short(run.rate)} results a minute` : "", cap("seconds")),
    fact("failed", !failed ? "none" : run.answered ? `${Math.round(100 * failed / run.answered)} %` : count(failed), failures.slice(0, 2).map(([name, many]) => `${name} ${count(many)}`).join(", ")),
    fact("seed program", amount(run.seed_value, run.objective, 6), run.noise ? `noise ${number(run.noise, 2)}` : "no noise measured"),
    run.verdict && !run.heldout ? fact("held-out", "none", "not measured")
      : fact("held-out", run.heldout ? amount(run.heldout.ships, run.objective, 6) : "not yet", run.heldout ? `seed ${number(run.heldout.seed, 6)}` : "after the search"));
}

const capped = ({ name, cap }) => (name === "seconds" ? duration(cap) : `${name === "usd" ? "$" : ""}${short(cap)}`);

function fact(name, value, more, cap) {
  const share = cap ? Math.min(1, cap.used / cap.cap) : null;
  return el("div", {}, el("dt", {}, name), el("dd", { class: "num" }, value, more ? el("small", {}, more) : null, cap ? el("small", {}, `of ${capped(cap)}`) : null,
    cap ? el("div", { class: share >= 1 ? "bar full" : "bar", role: "img", "aria-label": `${Math.round(100 * share)} % of the cap of ${capped(cap)}`,
      title: `cap: ${capped(cap)}` }, el("i", { width: `${100 * share}%` })) : null));
}
