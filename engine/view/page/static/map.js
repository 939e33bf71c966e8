// What the archive keeps, laid out: cells of a grid or around centroids, Pareto fronts over metrics or cases.
import { el, fill } from "./dom.js";
import { get, of } from "./data.js";
import { remember } from "./address.js";
import { picked } from "./picked.js";
import { gridMap, centroidMap } from "./cells.js";
import { frontMap } from "./front.js";

const KINDS = { grid: ["cells", gridMap], centroids: ["cells around centroids", centroidMap],
  objectives: ["front over metrics", frontMap], cases: ["fronts over cases", frontMap] };

export async function mapTab(place, shared, query) {
  const offered = await get(of(shared.key, "map"));
  if (!offered.kinds.length) {
    fill(place, el("section", { class: "panel" }, el("p", {},
      "This problem names no features and has one metric and one case, so there is no map. A problem gets one by [[features]] or a second metric in its problem.toml.")));
    return {};
  }
  const canvas = el("canvas", { class: "canvas", tabindex: "0", role: "application",
    "aria-label": "map; arrow keys go from the best to others, Enter opens one; the table below holds the same" });
  const card = el("div", { class: "picked", "aria-live": "polite" });
  const note = el("span", { class: "soft" });
  const axes = el("div", { class: "row" });
  const more = el("details", {}, el("summary", {}, "as a table"));
  const buttons = offered.kinds.map((each) => el("button", { type: "button", onclick: () => turn(each) }, KINDS[each][0]));
  fill(place, el("section", { class: "panel", "aria-label": "map" },
    el("div", { class: "row spread" }, axes, el("div", { class: "row", role: "group", "aria-label": "kind of map" }, buttons.length > 1 ? buttons : null)),
    note, canvas, card, more));
  let kind = offered.kinds.includes(query.get("map")) ? query.get("map") : offered.kind;
  let selected = query.has("program") ? Number(query.get("program")) : null;
  let across = [0, 1];
  let got = null;
  let shown = null; // what is drawn now

  const choose = (at, name) => el("select", { "aria-label": name, onchange: (event) => { across[at] = Number(event.target.value); draw(); } },
    got.names.map((each, index) => el("option", { value: index, selected: index === across[at] }, each)));

  async function load() {
    const wanted = kind;
    const answer = await get(of(shared.key, `map/${wanted}`));
    await shared.programs.update();
    if (wanted !== kind) return;
    got = answer;
    if (Math.max(...across) >= got.names.length) across = [0, Math.min(1, got.names.length - 1)];
    draw();
  }

  async function turn(next) {
    kind = next;
    across = [0, 1];
    remember({ map: kind === offered.kind ? null : kind });
    await load();
  }

  function draw() {
    if (!got) return;
    shown = KINDS[kind][1](got, shared, across);
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(offered.kinds[at] === kind)));
    fill(axes, choose(0, "across"), got.names.length > 1 ? ["×", choose(1, "up")] : null);
    note.textContent = shown.note;
    canvas.dataset.items = String(shown.items.length);
    canvas.dataset.kind = kind;
    show();
    fill(more, el("summary", {}, "as a table"), shown.table());
  }

  function show() {
    paint(canvas, shown, selected);
    if (selected !== null && selected < shared.programs.size) picked(card, shared, selected);
    else fill(card, el("span", { class: "soft" }, shown.hint));
  }

  function pick(number) {
    selected = number;
    remember({ program: number });
    show();
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const number = shown?.at(event.clientX - box.left, event.clientY - box.top);
    if (number !== undefined) pick(number);
  });
  canvas.addEventListener("keydown", (event) => {
    const at = shown.items.indexOf(selected);
    const last = shown.items.length - 1;
    if (event.key === "Enter" && selected !== null) location.hash = `#/run/${encodeURIComponent(shared.key)}/program/${selected}`;
    else if (last < 0) return;
    else if (["ArrowRight", "ArrowDown"].includes(event.key)) pick(shown.items[Math.min(last, at + 1)]);
    else if (["ArrowLeft", "ArrowUp"].includes(event.key)) pick(shown.items[Math.max(0, at - 1)]);
    else return;
    event.preventDefault();
  });
  await load();
  const watch = new ResizeObserver(() => shown && paint(canvas, shown, selected));
  watch.observe(canvas);
  const themed = () => shown && paint(canvas, shown, selected);
  window.addEventListener("themed", themed);
  return {
    update: load,
    async turn(next) {
      selected = next.has("program") ? Number(next.get("program")) : null;
      if (offered.kinds.includes(next.get("map") || offered.kind)) kind = next.get("map") || offered.kind;
      await load();
    },
    close() { watch.disconnect(); window.removeEventListener("themed", themed); },
  };
}

function paint(canvas, shown, selected) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  shown.paint(pen, width, height, selected);
}
