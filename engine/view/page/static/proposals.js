// Every proposal and what came of it, latest first.
import { el, fill, put, table } from "./dom.js";
import { get, of } from "./data.js";
import { ago, count } from "./format.js";
import { remember } from "./address.js";
import { link } from "./picked.js";

export async function proposalsTab(place, shared, query) {
  let word = query.get("word") || "";
  let rows = [];
  let before = -1;
  const list = el("div");
  const more = el("button", { type: "button", onclick: () => next() }, "older ones");
  const choose = el("select", { "aria-label": "which proposals", onchange: (event) => { word = event.target.value; remember({ word: word || null }); again(); } });
  fill(place, el("section", { class: "panel", "aria-label": "proposals" }, el("div", { class: "row spread" }, choose, el("span", { class: "soft" }, "latest first")), list, more));

  function options() {
    const known = ["", "failed", "ok", ...Object.keys(shared.summary.causes)];
    if (word && !known.includes(word)) known.push(word);
    fill(choose, known.map((each) => el("option", { value: each, selected: each === word }, each === "" ? "all proposals" : each === "failed" ? "all that failed" : each)));
  }

  async function next() {
    const got = await get(of(shared.key, `proposals?word=${encodeURIComponent(word)}&before=${before}`));
    rows = before < 0 ? got.rows : [...rows, ...got.rows];
    before = got.before;
    more.hidden = before <= 0;
    draw();
  }

  async function again() { before = -1; await next(); }

  function draw() {
    options();
    fill(list, rows.length ? table(["task", "operator", "came to", "program", "what was said", "when"], rows.map((row) => [
      el("a", { href: `#/run/${encodeURIComponent(shared.key)}/task/${row.ticket}` }, row.round ? `${row.ticket}.${row.round}` : String(row.ticket)),
      el("span", {}, row.operator, row.model ? el("div", { class: "soft" }, row.model) : null),
      el("span", { class: `pill ${row.word === "ok" ? (row.kept ? "good" : "plain") : row.word === "measured" ? "plain" : "bad"}` }, row.word + (row.kept ? ", kept" : "")),
      row.program === null ? "" : el("a", { href: link(shared.key, row.program) }, `#${row.program}`), row.said, el("span", { class: "when" }, ago(row.at))]), { caption: "proposals", words: [4] }) : el("p", { class: "soft" }, "None."));
  }

  await again();
  return { async update() { if (rows.length <= 100) await again(); },
    turn(now) { if ((now.get("word") || "") !== word) { word = now.get("word") || ""; again(); } } };
}
