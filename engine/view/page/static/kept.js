// Answers that are in the file itself, where a run was exported to one: there is no server then.

import { unpacked } from "./unpack.js";

let known = null;

export const isKept = () => document.getElementById("record") !== null;

const bytesOf = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));

async function read() {
  const stream = new Blob([bytesOf(document.getElementById("record").textContent.trim())]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

export async function kept(path) {
  known ??= await read();
  const [place, query = ""] = path.split("?");
  const asked = new URLSearchParams(query);
  const [, run, rest] = /^(\/api\/run\/[^/]+)\/(.*)$/.exec(place) || [];
  if (rest === "programs") return columns(known[`${run}/programs?since=0`]);
  if (rest === "proposals") return proposals(known[place], asked.get("word") || "");
  if (rest === "search") return search(run, asked.get("text") || "");
  const diff = /^program\/(\d+)\/diff$/.exec(rest || "");
  if (diff) return known[`${place}#${before(run, diff[1], asked.get("from") || "")}`];
  const steps = /^program\/(\d+)\/steps$/.exec(rest || "");
  if (steps) return stepsOf(run, steps[1]);
  const task = /^task\/(\d+)$/.exec(rest || "");
  return known[place] ?? (task ? taskOf(run, Number(task[1])) : undefined);
}

// The number of the program that one is compared with.
function before(run, number, from) {
  if (from === "parent") return known[`${run}/program/${number}`]?.parents[0];
  return from.replace("seed", "0").replace("#", "");
}

const columns = (text) => unpacked(bytesOf(text).buffer);

function proposals(rows, word) {
  const wanted = (row) => word === "" || row.word === word || (word === "failed" && !["ok", "measured"].includes(row.word));
  return { rows: rows.filter(wanted), before: 0, all: rows.length };
}

function search(run, text) {
  const low = text.toLowerCase();
  return known[`${run}/proposals`].filter((row) => row.program !== null && `${row.said} ${row.operator} ${row.model}`.toLowerCase().includes(low))
    .slice(0, 200).map((row) => ({ number: row.program, summary: row.said }));
}

function stepsOf(run, number) {
  const { lineage } = known[`${run}/program/${number}`];
  const sign = known[`${run}/summary`].objective.direction === "minimize" ? -1 : 1;
  return lineage.slice(1).map((each, at) => {
    const before = lineage[at];
    const gain = each.value === null || before.value === null ? null : sign * (each.value - before.value);
    return { ...known[`${run}/program/${each.number}/diff#${before.number}`], gain, operator: each.operator, summary: known[`${run}/program/${each.number}`].summary };
  });
}

function taskOf(run, ticket) {
  const rows = known[`${run}/proposals`].filter((row) => row.ticket === ticket).reverse();
  if (!rows.length) return undefined;
  const made = rows.map((row) => (row.program === null ? undefined : known[`${run}/program/${row.program}`]));
  return { ticket, kind: "propose", asked: rows.map((row) => row.word).join("; "), proposals: made.map((each) => each?.proposal).filter(Boolean),
    results: rows.map((row) => ({ round: row.round, outcome: row.word, status: "", program: row.program, standing: "", reason: "" })) };
}
