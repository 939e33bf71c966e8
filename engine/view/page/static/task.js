// One task: what was asked, what came back, and what came of it.
import { el, fill } from "./dom.js";
import { get, of } from "./data.js";
import { counted, duration, money } from "./format.js";
import { diffView } from "./diff.js";
import { trail } from "./address.js";
import { link } from "./picked.js";

export async function taskView(place, parts) {
  const [, key, , name] = parts;
  const [summary, task] = await Promise.all([get(of(key)), get(of(key, `task/${encodeURIComponent(name)}`))]);
  const waits = summary.waiting.some((each) => each.ticket === task.ticket);
  trail(["runs", "#/"], [key, `#/run/${encodeURIComponent(key)}`], [`task ${task.ticket}`, ""]);
  fill(place, el("h1", {}, `Task ${task.ticket}`), el("p", { class: "soft" }, task.asked),
    task.results.map((result, at) => el("section", { class: "panel", "aria-label": `round ${result.round}` },
      el("h2", {}, result.round ? `Repair ${result.round}: ` : "", result.outcome, result.status ? `, ${result.status}` : "", " ",
        result.program === null ? "" : el("a", { href: link(key, result.program) }, `#${result.program}`)),
      result.reason ? el("p", { class: "note" }, result.reason) : null,
      task.proposals[at] ? asked(task.proposals[at], result.reason) : null)),
    task.results.length ? null : el("section", { class: "panel" }, el("p", {}, ...(waits ? ["It waits for a person: ", el("a", { href: `#/run/${encodeURIComponent(key)}/steer` }, "approve or refuse"), " it."] : ["It is in flight."])), task.proposals.map((each) => asked(each))));
  return { same: () => false };
}

// A proposal; what is said above it already, `known`, is left out.
export function asked(proposal, known = "") {
  const cost = proposal.cost;
  const expected = proposal.expectation;
  return el("div", {},
    el("dl", { class: "facts" }, fact("operator", proposal.operator), fact("model", proposal.model || "none"), fact("took", duration(proposal.seconds)),
      cost.calls ? fact("cost", cost.usd === null ? "unpriced" : money(cost.usd)) : null, cost.calls ? fact("tokens", `${cost.prompt_tokens} in, ${cost.completion_tokens} out`) : null,
      expected ? fact("expected", `${expected.metric} ${expected.change ?? ""} ${expected.text}`) : null, proposal.code && !known.includes(proposal.reason) ? fact("refused", `${proposal.code}: ${proposal.reason}`) : null),
    proposal.summary ? el("p", {}, proposal.summary) : null,
    text("Prompt", proposal.prompt), text("Reply", proposal.reply),
    proposal.patch ? el("div", {}, el("div", { class: "file-name" }, "Patch"), diffView(proposal.patch)) : null);
}

function fact(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

function text(title, value) {
  if (!value) return null;
  return el("details", { open: value.length < 6000 }, el("summary", {}, `${title}, ${counted(value.replace(/\n$/, "").split("\n").length, "line")}`), el("pre", { class: "code wrap", tabindex: "0" }, value));
}
