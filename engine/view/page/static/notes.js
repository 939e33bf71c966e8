// The notes that a model wrote of the run for later prompts; each takes the place of the one before.
import { el, fill } from "./dom.js";
import { get, of } from "./data.js";

export async function notesTab(place, shared) {
  async function update() {
    const [latest, ...before] = await get(of(shared.key, "notes"));
    fill(place, el("section", { class: "panel", "aria-label": "notes" }, el("h2", {}, "What the run has noted of itself"),
      latest ? [note(latest), before.length ? el("details", {}, el("summary", {}, `${before.length} earlier`), before.slice(0, 50).map(note)) : null] :
        el("p", { class: "soft" }, "No notes yet. Where a model proposes, it writes some every so often, and they stand in later prompts.")));
  }
  await update();
  return { update };
}

function note(each) {
  return [el("p", { class: "soft" }, `after task ${each.ticket}, by ${each.model}`), el("pre", { class: "code wrap", tabindex: "0" }, each.text)];
}
