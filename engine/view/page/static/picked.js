// A program in a line, where one is picked in a chart.
import { el, fill } from "./dom.js";
import { amount, gain } from "./format.js";

export function picked(place, shared, number) {
  const { programs, summary, key } = shared;
  const sign = summary.objective.direction === "minimize" ? -1 : 1;
  const parent = programs.parent[number];
  const [value, before] = [programs.value[number], parent >= 0 ? programs.value[parent] : null];
  const change = value === null || before === null ? null : sign * (value - before);
  fill(place, el("div", { class: "row" },
    el("strong", {}, el("a", { href: link(key, number) }, `#${number}`)),
    el("span", { class: "num" }, value === null ? "" : amount(value, summary.objective)),
    el("span", { class: programs.status[number] === "ok" ? "pill plain" : "pill bad" }, programs.status[number]),
    el("span", { class: "soft" }, programs.operator[number], programs.model[number] ? ` · ${programs.model[number]}` : ""),
    parent >= 0 ? el("span", { class: "soft" }, change === null ? "child of " : `${gain(change, summary.objective, summary.noise)} than `, el("a", { href: link(key, parent) }, `#${parent}`)) : null,
    el("a", { class: "button", href: link(key, number) + "?show=diff" }, "diff")));
}

export const link = (key, number) => `#/run/${encodeURIComponent(key)}/program/${number}`;
