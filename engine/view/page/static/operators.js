// What each operator and model has done, and how proposals failed.
import { el, fill, table } from "./dom.js";
import { get, of } from "./data.js";
import { amount, count } from "./format.js";
import { spark } from "./overview.js";
import { link } from "./picked.js";

export async function operatorsTab(place, shared) {
  async function update() {
    const got = await get(of(shared.key, "operators"));
    const most = Math.max(1, ...got.causes.map(([, many]) => many));
    fill(place, section("Operators", got.tables.operator), got.tables.model.length > 2 || got.tables.model[1]?.[0] !== "-" ? section("Models", got.tables.model) : null,
      got.tables.specialist ? section("Specialists", got.tables.specialist, 2) : null,
      got.islands.length ? islands(shared, got.islands) : null,
      el("section", { class: "panel", "aria-label": "failures" }, el("h2", {}, "What became of tasks that made no scored program"),
        got.causes.length ? el("div", { class: "causes" }, got.causes.map(([name, many]) => [
          el("a", { href: `#/run/${encodeURIComponent(shared.key)}/proposals?word=${encodeURIComponent(name)}` }, name),
          el("div", { class: "bar" }, el("i", { width: `${100 * many / most}%` })), el("span", { class: "num" }, count(many))])) : el("p", { class: "soft" }, "None so far.")));
  }
  await update();
  return { update };
}

function islands(shared, rows) {
  const last = shared.programs.size || Math.max(...rows.flatMap((row) => row.steps.map(([number]) => number)));
  return el("section", { class: "panel", "aria-label": "islands" }, el("h2", {}, "Islands"),
    table(["island", "best", shared.summary.objective.name, "curve", "programs", "asked from"], rows.map((row) => [row.name,
      row.best === null ? "" : el("a", { href: link(shared.key, row.best) }, `#${row.best}`), amount(row.value, shared.summary.objective, 6),
      spark(row.steps.map(([number, value]) => [number, value, number]), last), count(row.programs), count(row.asked)]), { numbers: [2, 4, 5], caption: "islands" }));
}

function section(title, rows, texts = 1) {
  const [headings, ...lines] = rows;
  return el("section", { class: "panel", "aria-label": title }, el("h2", {}, title),
    lines.length > 1 ? table(headings, lines, { numbers: headings.map((_, at) => at).slice(texts), caption: title }) : el("p", { class: "soft" }, "Nothing was proposed yet."));
}
