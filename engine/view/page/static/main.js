// Which view is open, as the address says.
import { address, state } from "./address.js";
import { el, fill } from "./dom.js";
import { Problem } from "./data.js";
import { overview } from "./overview.js";
import { runView } from "./run.js";
import { programView } from "./program.js";
import { taskView } from "./task.js";

const main = document.getElementById("main");
let open = null;
let turns = 0;

function view(parts) {
  if (parts[0] !== "run" || !parts[1]) return overview;
  if (parts[2] === "program") return programView;
  return parts[2] === "task" ? taskView : runView;
}

// `aria-busy` while a view is being drawn, and the address of what stands there once it is.
async function show() {
  const asked = location.hash;
  const turn = turns += 1;
  main.setAttribute("aria-busy", "true");
  try {
    await draw();
  } finally { // a view that failed says so, and is waited for no longer
    if (turn === turns) main.setAttribute("aria-busy", "false");
  }
  if (turn !== turns) return;
  main.dataset.address = asked;
  // A link that was followed is gone with its view: whoever uses keys goes on from the next one, not from the head.
  if (turn > 1 && document.activeElement === document.body) main.focus({ preventScroll: true });
}

async function draw() {
  const { parts, query } = address();
  const chosen = view(parts);
  if (open && open.same && open.view === chosen && open.same(parts)) {
    await open.turn?.(parts, query);
    return;
  }
  open?.close?.();
  state("");
  const mine = { view: chosen };
  open = mine;
  const place = el("div");
  fill(main, place);
  try {
    const made = await chosen(place, parts, query);
    if (open === mine) Object.assign(mine, made); else made?.close?.();
  } catch (error) {
    if (open !== mine) return;
    fill(place, el("div", { class: "panel", role: "alert" },
      el("h1", {}, error instanceof Problem ? "Not to be shown" : "This view failed"),
      el("p", {}, String(error.message || error)), el("p", {}, el("a", { href: "#/" }, "all runs"))));
    if (!(error instanceof Problem)) console.error(error);
  }
}

const THEMES = ["system", "light", "dark"];

function theme() {
  const button = document.getElementById("theme");
  const now = () => document.documentElement.dataset.theme || "system";
  const say = () => { button.textContent = `theme: ${now()}`; };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(now()) + 1) % THEMES.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try { localStorage.setItem("theme", next); } catch { /* storage is off */ }
    say();
    window.dispatchEvent(new Event("themed"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => window.dispatchEvent(new Event("themed")));
  say();
}

// The address says which view is open, so this link must leave it as it is.
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
window.addEventListener("hashchange", show);
theme();
show();
