// One program: what it scored and why, its source, its differences, and how it came to be.
import { command, el, fill, put, table } from "./dom.js";
import { ahead, get, of } from "./data.js";
import { amount, duration, gain, money, number } from "./format.js";
import { diffView } from "./diff.js";
import { remember, trail } from "./address.js";
import { link } from "./picked.js";
import { asked } from "./task.js";

const VIEWS = { diff: "Diff to parent", source: "Source", seed: "Diff to seed", best: "Diff to best", steps: "Step by step", cases: "Cases", asked: "Prompt and reply", log: "Log", again: "Reproduce" };

export async function programView(place, parts, query) {
  const [, key, , name] = parts;
  if ((query.get("show") || "diff") === "diff") ahead(fromParent(key, name));
  const [summary, program] = await Promise.all([get(of(key)), get(of(key, `program/${encodeURIComponent(name)}`))]);
  trail(["runs", "#/"], [key, `#/run/${encodeURIComponent(key)}`], [`#${program.number}`, ""]);
  const tabs = el("nav", { class: "tabs", "aria-label": "views of the program" });
  const body = el("div", { class: "panel" });
  fill(place, head(key, summary, program), tabs, body);
  let mine = 0;

  async function turn(next, now) {
    let chosen = now.get("show");
    if (!VIEWS[chosen]) chosen = program.parents.length ? "diff" : "source";
    const base = link(key, program.number);
    fill(tabs, Object.entries(VIEWS).filter(([each]) => has(summary, program, each)).map(([each, title]) =>
      el("a", { href: `${base}?show=${each}`, "aria-current": each === chosen ? "page" : null }, title)));
    const turned = ++mine;
    const made = await SHOW[chosen](key, summary, program);
    if (turned === mine) fill(body, made);
  }

  await turn(parts, query);
  return { same: (next) => next[1] === key && next[2] === "program" && next[3] === name, turn };
}

// Whether there is anything to compare a program with: a seed program has no parent, a failed run no best.
function has(summary, program, view) {
  if (view === "best") return summary.best !== null && summary.best !== program.number;
  return program.parents.length || !["diff", "seed", "steps"].includes(view);
}

function head(key, summary, program) {
  const fine = program.status === "ok";
  const why = program.reason || program.feedback.slice(0, 400); // a seed program has no reason, for nobody proposed it
  return el("div", {},
    el("div", { class: "row spread" },
      el("h1", {}, `#${program.number} `, el("span", { class: "soft" }, program.operator)),
      el("div", { class: "row" }, el("span", { class: fine ? "pill good" : "pill bad" }, program.status), program.marks.map((mark) => el("span", { class: "pill" }, mark)))),
    program.summary ? el("p", {}, program.summary) : null,
    why && !fine ? el("p", { class: "note lines" }, why) : null,
    program.flags.map((text) => el("p", { class: "note" }, text)),
    el("section", { class: "panel", "aria-label": "scores" },
      el("dl", { class: "facts" }, program.metrics.map((metric) => el("div", { title: metric.about }, el("dt", {}, metric.name), el("dd", { class: "num" }, ...split(metric.text)))),
        program.asked ? el("div", {}, el("dt", {}, "asked from"), el("dd", { class: "num" }, program.asked === 1 ? "once" : `${program.asked} times`)) : null,
        program.rounds ? el("div", { title: "a race gives a program up once it is shown to be worse than the best" }, el("dt", {}, "measured"), el("dd", { class: "num" }, `${program.rounds[0]} of ${program.rounds[1]} rounds`)) : null,
        program.heldout ? el("div", {}, el("dt", {}, "held-out"), el("dd", { class: "num" }, ...split(program.heldout))) : null, cost(program)),
      program.verdict ? el("p", { class: "soft" }, program.verdict) : null,
      pictures(key, program),
      program.feedback && fine ? el("p", { class: "soft lines" }, program.feedback.slice(0, 400)) : null,
      lineage(key, summary, program)));
}

function split(text) {
  const [first, ...rest] = text.split(", ");
  return [first, rest.length ? el("small", {}, rest.join(", ")) : ""];
}

// What the scorer drew: always an image, never a part of the page.
function pictures(key, program) {
  if (!program.pictures.length) return null;
  return el("div", { class: "row" }, program.pictures.map(({ case: name, url }) => el("figure", { class: "drawn" },
    el("img", { src: url || of(key, `program/${program.number}/picture?case=${encodeURIComponent(name)}`), alt: `what #${program.number} returned on ${name}`, loading: "lazy" }),
    el("figcaption", { class: "soft" }, name))));
}

function cost(program) {
  const made = program.proposal;
  if (!made) return null;
  const tokens = made.cost.prompt_tokens + made.cost.completion_tokens;
  return el("div", {}, el("dt", {}, "made in"), el("dd", { class: "num" }, duration(made.seconds),
    el("small", {}, made.cost.calls ? `${made.cost.usd === null ? "unpriced" : money(made.cost.usd)}, ${tokens} tokens` : made.model || "without a model")));
}

function lineage(key, summary, program) {
  const line = program.lineage.length > 12 ? [...program.lineage.slice(0, 3), null, ...program.lineage.slice(-8)] : program.lineage;
  return el("div", {}, line.length > 1 ? el("ol", { class: "lineage", "aria-label": "line of descent" }, line.map((each) => el("li", {}, each === null ? "…" :
    [el("a", { href: link(key, each.number) }, `#${each.number}`), " ", el("span", { class: "soft num" }, number(each.value, 5))]))) : null,
    program.children.length ? el("p", { class: "soft" }, "children: ", program.children.slice(0, 24).map((n) => [el("a", { href: link(key, n) }, `#${n}`), " "]), program.children.length > 24 ? "…" : "") : null);
}

const fromParent = (key, name) => of(key, `program/${encodeURIComponent(name)}/diff?from=parent`);

const difference = (key, from, to) => drawn(of(key, `program/${to}/diff?from=${encodeURIComponent(from)}`));

async function drawn(path) {
  const got = await get(path);
  return [el("p", { class: "soft" }, `from #${got.before} to #${got.after}`), diffView(got.diff)];
}

const SHOW = {
  diff: (key, summary, program) => drawn(fromParent(key, program.number)),
  seed: (key, summary, program) => difference(key, "seed", program.number),
  best: async (key, summary, program) => {
    if (!has(summary, program, "best")) return el("p", { class: "soft" }, summary.best === null ? "No program has a score." : "This is the best program.");
    const got = await get(of(key, `program/${summary.best}/diff?from=${encodeURIComponent("#" + program.number)}`));
    return [el("p", { class: "soft" }, `from #${got.before} to the best, #${got.after}`), diffView(got.diff)];
  },
  source: async (key, summary, program) => (await get(of(key, `program/${program.number}/files`))).map((file) => [
    el("div", { class: "file-name" }, file.path), el("pre", { class: "code", tabindex: "0" }, file.tokens.map(([kind, text]) => (kind ? el("span", { class: kind }, text) : text)))]),
  steps: async (key, summary, program) => (await get(of(key, `program/${program.number}/steps`))).reverse().map((step) => [
    el("h3", { class: "file-name" }, el("a", { href: link(key, step.after) }, `#${step.after}`), ` ${step.operator}: `, el("span", { class: step.gain > 0 ? "good" : "soft" }, gain(step.gain, summary.objective, summary.noise)), step.summary ? ` · ${step.summary}` : ""), diffView(step.diff)]),
  cases: async (key, summary, program) => [
    program.cases.length ? table(["case", summary.objective.name, "seed", "gain"], program.cases.map((row) => [row.case, amount(row.value, summary.objective), number(row.seed),
      el("span", { class: row.gain > 0 ? "good" : row.gain < 0 ? "bad" : "" }, row.gain === null ? "" : number(row.gain, 4))]), { numbers: [1, 2, 3], caption: "cases" }) : null,
    el("h3", { class: "file-name" }, "evaluations"),
    table(["case", "seed", "status", "metrics", "seconds", "CPU", "MiB", "feedback"], program.evaluations.map((row) => [row.case, String(row.seed), el("span", { class: row.status === "ok" ? "" : "bad" }, row.status),
      Object.entries(row.metrics).map(([name, value]) => `${name} ${number(value, 6)}`).join(", "), number(row.usage.wall_s, 3), number(row.usage.cpu_s, 3), number(row.usage.peak_memory_mb, 3), row.feedback.slice(0, 300)]), { numbers: [4, 5, 6], caption: "evaluations", words: [3, 7] })],
  asked: async (key, summary, program) => (program.proposal ? asked(program.proposal) : el("p", { class: "soft" }, "A seed program: nobody was asked for it.")),
  log: async (key, summary, program) => {
    const logs = program.evaluations.filter((row) => row.log);
    return logs.length ? logs.slice(0, 20).map((row) => [el("div", { class: "file-name" }, `${row.case}, ${row.status}`), el("pre", { class: "code wrap", tabindex: "0" }, row.log)]) : el("p", { class: "soft" }, "It wrote nothing on standard error.");
  },
  again: async (key, summary, program) => program.commands.map((each) => el("div", {}, el("p", {}, each.what), command(each.command))),
};
