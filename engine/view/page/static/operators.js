// What each operator and model has done, and how proposals failed.
import { el, fill, table } from "./dom.js";
import { get, of } from "./data.js";
import { count } from "./format.js";

export async function operatorsTab(place, shared) {
  async function update() {
    const got = await get(of(shared.key, "operators"));
    const most = Math.max(1, ...got.causes.map(([, many]) => many));
    fill(place, section("Operators", got.tables.operator), got.tables.model.length > 2 || got.tables.model[1]?.[0] !== "-" ? section("Models", got.tables.model) : null,
      el("section", { class: "panel", "aria-label": "failures" }, el("h2", {}, "What became of proposals that made no scored program"),
        got.causes.length ? el("div", { class: "causes" }, got.causes.map(([name, many]) => [
          el("a", { href: `#/run/${encodeURIComponent(shared.key)}/proposals?word=${encodeURIComponent(name)}` }, name),
          el("div", { class: "bar" }, el("i", { width: `${100 * many / most}%` })), el("span", { class: "num" }, count(many))])) : el("p", { class: "soft" }, "None so far.")));
  }
  await update();
  return { update };
}

function section(title, rows) {
  const [headings, ...lines] = rows;
  return el("section", { class: "panel", "aria-label": title }, el("h2", {}, title),
    lines.length > 1 ? table(headings, lines, { numbers: headings.map((_, at) => at).slice(1), caption: title }) : el("p", { class: "soft" }, "Nothing was proposed yet."));
}
