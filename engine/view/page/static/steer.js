// What a person asks of a run while it goes on; each is recorded, and the same as a command.
import { el, fill, table } from "./dom.js";
import { of, post } from "./data.js";
import { ago } from "./format.js";

const LINEAGES = { pin: "every later child is one of it", favour: "every second child is of its lineage", ban: "no later child is of its lineage", free: "end what was said of it", measure: "measure it once more" };
const CAPS = ["usd", "tokens", "calls", "evaluations", "proposals", "seconds", "patience"];

export async function steerTab(place, shared) {
  const said = el("p", { class: "soft", "aria-live": "polite" });
  const rows = el("div");
  const going = el("div", { class: "row" });
  const waiting = el("section", { class: "panel", "aria-label": "waiting", hidden: true });
  let drawn = "";

  async function ask(body, done) {
    try {
      const answer = await post(of(shared.key, "steer"), body);
      said.className = "good";
      fill(said, `recorded: ${answer.said}`);
      done?.();
    } catch (error) {
      said.className = "bad";
      fill(said, String(error.message));
    }
  }

  const wish = el("textarea", { rows: "3", id: "wish" });
  const program = el("input", { type: "number", min: "0", id: "program", value: shared.summary.best ?? 0, size: "8" });
  const cap = el("select", { id: "cap" }, CAPS.map((name) => el("option", { value: name }, name)));
  const value = el("input", { type: "number", min: "0", step: "any", id: "value", size: "10" });
  const now = () => { const known = shared.summary.budget.find((each) => each.name === cap.value); value.value = known ? String(known.cap) : ""; };
  cap.addEventListener("change", now);
  now();
  fill(place,
    el("section", { class: "panel", "aria-label": "going on" }, el("h2", {}, "Going on"), going, said),
    waiting,
    el("div", { class: "columns" },
      el("section", { class: "panel", "aria-label": "guidance" }, el("h2", {}, "Guidance"), el("label", { for: "wish" }, "a wish that every later prompt shows"), wish,
        el("div", {}, button("add the wish", () => ask({ do: "wish", text: wish.value }, () => { wish.value = ""; })))),
      el("section", { class: "panel", "aria-label": "lineages" }, el("h2", {}, "Lineages"), el("div", { class: "row" }, el("label", { for: "program" }, "program #"), program),
        el("ul", { class: "next" }, Object.entries(LINEAGES).map(([name, text]) => el("li", { class: "row" },
          button(name, () => ask({ do: name, program: Number(program.value) })), el("span", { class: "soft" }, text))))),
      el("section", { class: "panel", "aria-label": "caps" }, el("h2", {}, "Caps"), el("div", { class: "row" }, el("label", { for: "cap" }, "cap"), cap, el("label", { for: "value" }, "at"), value,
        button("hold it", () => ask({ do: "cap", cap: cap.value, value: Number(value.value) }))))),
    el("section", { class: "panel", "aria-label": "said before" }, el("h2", {}, "Said before"), rows));

  function update() {
    const run = shared.summary;
    fill(going, run.running ? [
      run.paused ? button("resume", () => ask({ do: "resume" })) : button("pause", () => ask({ do: "pause" })),
      button("stop", () => { if (stop.dataset.sure) ask({ do: "stop" }); else sure(); }, "danger"),
    ] : el("span", { class: "soft" }, "Nothing searches in this run now. What is said of lineages and wishes holds when it goes on."));
    const stop = going.querySelector(".danger");
    const sure = () => { stop.dataset.sure = "1"; stop.textContent = "stop for good: press again"; };
    wait(run.waiting);
    fill(rows, run.steers.length ? table(["when", "what"], [...run.steers].reverse().map((each) => [ago(each.at), each.said]), { words: [1], caption: "said before" }) : el("p", { class: "soft" }, "Nothing yet."));
  }

  // Drawn anew only where other children wait: a reason that is being written stays.
  function wait(children) {
    const now = children.map((each) => each.ticket).join();
    waiting.hidden = !children.length;
    if (now === drawn) return;
    drawn = now;
    const all = (name, kind) => (children.length > 1 ? button(`${name} all ${children.length}`, () => children.forEach((each) => ask({ do: name, ticket: each.ticket })), kind) : null);
    fill(waiting, el("div", { class: "row spread" }, el("h2", {}, "Children that wait for a person"), el("div", { class: "row" }, all("approve", ""), all("refuse", "danger"))),
      el("p", { class: "soft" }, "Nothing of them is run until then. What is refused is shown to proposers, with why."), el("ul", { class: "next" }, children.map(child)));
  }

  function child(each) {
    const why = el("input", { type: "text", placeholder: "why not", "aria-label": `why task ${each.ticket} is refused`, size: "18" });
    return el("li", {}, el("a", { href: `#/run/${encodeURIComponent(shared.key)}/task/${each.ticket}` }, each.said),
      each.look_at.map((line) => el("div", { class: "note" }, `look at ${line}`)),
      el("div", { class: "row" }, button("approve", () => ask({ do: "approve", ticket: each.ticket })),
        button("refuse", () => ask({ do: "refuse", ticket: each.ticket, text: why.value }), "danger"), why));
  }

  update();
  return { update };
}

function button(text, act, kind) {
  return el("button", { type: "button", class: kind || null, onclick: act }, text);
}
