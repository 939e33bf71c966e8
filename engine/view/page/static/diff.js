// A git diff as lines with their numbers.
import { el } from "./dom.js";

export function diffView(text) {
  if (!text) return el("p", { class: "soft" }, "No difference.");
  const rows = [];
  let [old, now, inside] = [0, 0, false];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk) {
      [old, now, inside] = [Number(hunk[1]), Number(hunk[2]), true];
      rows.push(el("div", { class: "hunk" }, line));
    } else if (line.startsWith("diff --git ")) {
      inside = false;
      rows.push(el("div", { class: "file" }, line.slice(11).replace(/^a\/(.*) b\/\1$/, "$1")));
    } else if (!inside) {
      if (!/^(index|---|\+\+\+) /.test(line)) rows.push(el("div", { class: "soft" }, line));
    } else if (line.startsWith("+")) rows.push(row("add", "", now++, line));
    else if (line.startsWith("-")) rows.push(row("del", old++, "", line));
    else if (line.startsWith("\\")) rows.push(el("div", { class: "soft" }, line));
    else rows.push(row("", old++, now++, line));
  }
  return el("div", { class: "code diff", tabindex: "0", role: "region", "aria-label": "diff" }, rows);
}

function row(kind, old, now, line) {
  const at = `${String(old).padStart(5)} ${String(now).padStart(5)}`;
  return el("div", { class: kind || null }, el("span", { class: "at", "aria-hidden": "true" }, at + " "), line);
}
