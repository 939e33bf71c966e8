// The lineage as a tree: time goes right, colour says what came of a program and all its descendants.
import { colour, el, fill, table } from "./dom.js";
import { get, of } from "./data.js";
import { amount, count, number } from "./format.js";
import { remember } from "./address.js";
import { link, picked } from "./picked.js";

const MANY = 1500; // programs from which on each is a square, and edges that lie on one another are one
const NEAR = 2; // pixels within which two dots, or ends of edges, are one
const SMALL = 400; // programs that are drawn whole at first
const NAME = 34; // how wide a name is that stands right of its program

export async function treeTab(place, shared, query) {
  const { programs, key } = shared;
  const canvas = el("canvas", { class: "canvas", tabindex: "0", role: "application",
    "aria-label": "lineage; arrow keys go to parent, child and sibling, Enter opens the program, plus and minus zoom" });
  const card = el("div", { class: "picked", "aria-live": "polite" });
  const note = el("span", { class: "soft" });
  const more = el("details", { ontoggle: () => tell() }, el("summary", {}, "the line of the best as a table"));
  const shown = { failed: query.get("failed") === "1", all: query.get("all") === "1" };
  const failed = toggle("failed programs", "failed");
  const all = toggle("all programs", "all");
  const search = el("input", { type: "search", placeholder: "#12, an operator, words of a summary", "aria-label": "find programs", size: "26" });
  fill(place, el("section", { class: "panel", "aria-label": "lineage" },
    el("div", { class: "row spread" }, el("div", { class: "row" }, search, note),
      el("div", { class: "row" }, all, failed, button("whole tree", () => { reset(); draw(); }))),
    canvas, card, more));
  let layout = null;
  let view = null;
  let found = new Set();
  let selected = query.has("program") ? Number(query.get("program")) : null;

  function toggle(text, name) {
    const made = button(text, () => {
      shown[name] = !shown[name];
      made.setAttribute("aria-pressed", String(shown[name]));
      remember({ [name]: shown[name] ? "1" : null });
      lay();
    });
    made.setAttribute("aria-pressed", String(shown[name]));
    return made;
  }

  function lay() {
    const chosen = choose(programs, shared.summary, shown, selected);
    layout = arrange(programs, chosen, shared.summary);
    note.textContent = `${count(layout.order.length)} of ${count(programs.size)} programs`;
    canvas.dataset.programs = String(layout.order.length);
    reset();
    draw();
    tell();
  }

  // A line of a thousand programs takes as long as the drawing: it is written once somebody looks.
  function tell() {
    fill(more, more.firstChild, more.open ? line(shared) : null);
  }

  function reset() { view = { x: 0, y: 0, zoom: 1 }; }

  function draw() {
    if (layout) paint(canvas, layout, view, { programs, selected, found });
    if (selected !== null && selected < programs.size) picked(card, shared, selected);
    else fill(card, el("span", { class: "soft" }, "Click a program; wheel or pinch zooms, dragging moves. Green: this program or one that came of it is good."));
  }

  function pick(number) {
    selected = number;
    remember({ program: number });
    draw();
  }

  listen(canvas, () => layout, () => view, draw, pick);
  canvas.addEventListener("keydown", (event) => {
    const next = walk(layout, selected ?? shared.summary.best, event.key);
    if (event.key === "Enter" && selected !== null) location.hash = link(key, selected);
    else if (event.key === "+" || event.key === "-") { view.zoom *= event.key === "+" ? 1.4 : 1 / 1.4; draw(); }
    else if (next !== null) pick(next);
    else return;
    event.preventDefault();
  });
  let asked = 0;
  const ready = programs.update();
  search.addEventListener("input", async () => {
    await ready; // who types first has not found nothing
    const text = search.value.trim();
    const mine = ++asked;
    const number = /^#?(\d+)$/.exec(text);
    const matches = !text ? [] : number ? [Number(number[1])] : (await get(of(key, `search?text=${encodeURIComponent(text)}`))).map((each) => each.number);
    if (mine !== asked) return;
    found = new Set(matches);
    if (number && matches[0] < programs.size) { selected = matches[0]; remember({ program: selected }); lay(); } else draw();
    if (text) note.textContent = found.size === 200 ? "the latest 200 found" : `${found.size} found`;
  });
  await ready;
  lay();
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  window.addEventListener("themed", draw);
  return {
    async update() { await programs.update(); const kept = view; lay(); view = kept; draw(); },
    close() { watch.disconnect(); window.removeEventListener("themed", draw); },
  };
}

function button(text, act) {
  return el("button", { type: "button", onclick: act }, text);
}

// Which programs are drawn: all of a small run; of a large one those that are kept or led somewhere good.
function choose(programs, summary, shown, selected) {
  const chosen = new Uint8Array(programs.size);
  const with_ = (number) => { for (let at = number; at >= 0 && !chosen[at]; at = programs.parent[at]) chosen[at] = 1; };
  const whole = shown.all || programs.size <= SMALL;
  for (let at = 0; at < programs.size; at += 1) {
    const fine = programs.value[at] !== null;
    if (fine ? whole : shown.failed && programs.status[at] !== "in flight" && (whole || at > programs.size - SMALL)) with_(at);
  }
  if (!whole) {
    for (const step of programs.steps) with_(step[0]);
    const best = ranked(programs, summary, SMALL);
    best.forEach(with_);
  }
  if (programs.size) with_(0);
  if (selected !== null && selected < programs.size) with_(selected);
  return chosen;
}

function ranked(programs, summary, most) {
  const sign = summary.objective.direction === "minimize" ? -1 : 1;
  const found = [];
  for (let at = 0; at < programs.size; at += 1) if (programs.value[at] !== null) found.push(at);
  return found.sort((a, b) => sign * (programs.value[b] - programs.value[a])).slice(0, most);
}

// Leaves in a column each below the other, parents beside the middle of their children; no recursion.
export function arrange(programs, chosen, summary) {
  const sign = summary.objective.direction === "minimize" ? -1 : 1;
  const size = programs.size;
  const parents = Int32Array.from(programs.parent);
  const order = [];
  for (let at = 0; at < size; at += 1) if (chosen[at]) order.push(at);
  const { from, all, roots } = families(parents, chosen, order);
  const below = (n) => all.subarray(from[n], from[n + 1]);
  const clade = new Float64Array(size).fill(-Infinity);
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const n = order[at];
    if (programs.value[n] !== null) clade[n] = Math.max(clade[n], sign * programs.value[n]);
    const parent = parents[n];
    if (parent >= 0) clade[parent] = Math.max(clade[parent], clade[n]);
  }
  const y = new Float64Array(size);
  const x = new Float64Array(size);
  const stack = [...roots].reverse();
  let row = 0;
  let deepest = 1;
  const after = [];
  while (stack.length) {
    const n = stack.pop();
    after.push(n);
    const parent = parents[n];
    x[n] = parent >= 0 && chosen[parent] ? x[parent] + 1 : 0;
    deepest = Math.max(deepest, x[n]);
    const [begin, end] = [from[n], from[n + 1]];
    if (begin === end) { y[n] = row; row += 1; continue; }
    if (end > begin + 1) below(n).sort((a, b) => clade[a] - clade[b]);
    for (let at = begin; at < end; at += 1) stack.push(all[at]);
  }
  for (let at = after.length - 1; at >= 0; at -= 1) {
    const n = after[at];
    if (from[n] < from[n + 1]) y[n] = (y[all[from[n]]] + y[all[from[n + 1] - 1]]) / 2;
  }
  const line = new Set(summary.best === null || summary.best >= size ? [] : programs.line(summary.best));
  const values = Float64Array.from(order, (n) => clade[n]).filter(Number.isFinite).sort();
  return { order, below, roots, x, y, clade, line, rows: Math.max(1, row - 1), deepest, worst: values[Math.floor(values.length / 10)] ?? 0, best: values.at(-1) ?? 1, parent: parents, other: programs.other, chosen };
}

// The children of each program that are drawn: those of `n` are `all` from `from[n]` to `from[n + 1]`.
function families(parents, chosen, order) {
  const from = new Int32Array(parents.length + 1);
  const roots = [];
  for (const n of order) {
    const parent = parents[n];
    if (parent >= 0 && chosen[parent]) from[parent + 1] += 1; else roots.push(n);
  }
  for (let at = 1; at < from.length; at += 1) from[at] += from[at - 1];
  const next = from.slice();
  const all = new Int32Array(order.length - roots.length);
  for (const n of order) {
    const parent = parents[n];
    if (parent >= 0 && chosen[parent]) { all[next[parent]] = n; next[parent] += 1; }
  }
  return { from, all, roots };
}

function placing(canvas, layout, view) {
  const [width, height, pad] = [canvas.clientWidth, canvas.clientHeight, 24];
  const sx = (width - 2 * pad - NAME) / layout.deepest * view.zoom;
  const sy = (height - 2 * pad) / layout.rows * view.zoom;
  return { x: (n) => pad + view.x + layout.x[n] * sx, y: (n) => (layout.rows === 1 && layout.order.length < 3 ? height / 2 : pad + view.y + layout.y[n] * sy), width, height };
}

function paint(canvas, layout, view, { programs, selected, found }) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * scale);
  canvas.height = Math.round(canvas.clientHeight * scale);
  const pen = canvas.getContext("2d");
  const at = placing(canvas, layout, view);
  const inside = (n) => { const [x, y] = [at.x(n), at.y(n)]; return x > -20 && x < at.width + 20 && y > -20 && y < at.height + 20; };
  const shown = [view.x, view.y, view.zoom, canvas.width, canvas.height, scale, colour("--point")].join();
  if (layout.drawn?.shown !== shown) layout.drawn = { shown, picture: drawing(canvas, layout, at, scale, inside, programs) };
  pen.drawImage(layout.drawn.picture, 0, 0);
  pen.scale(scale, scale);
  const small = dotSize(layout);
  for (const n of [...found, selected]) {
    if (n !== null && layout.chosen[n] && inside(n)) ring(pen, at.x(n), at.y(n), small + 5, n === selected ? colour("--ink") : colour("--warn"));
  }
  names(pen, layout, at, inside, programs, selected);
}

const dotSize = ({ order }) => (order.length > MANY ? 2 : order.length > 300 ? 3 : 4.5);

// Edges and dots, which stay as they are while programs are picked and found.
function drawing(canvas, layout, at, scale, inside, programs) {
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [canvas.width, canvas.height];
  const pen = picture.getContext("2d");
  pen.scale(scale, scale);
  pen.setLineDash([2, 4]);
  const many = layout.order.length > MANY;
  if (!many) edges(pen, layout, at, layout.order, colour("--line"), 1, true);
  pen.setLineDash([]);
  edges(pen, layout, at, layout.order.filter((n) => !layout.line.has(n)), colour("--point"), 0.6);
  edges(pen, layout, at, [...layout.line], colour("--accent"), 2.5);
  const small = dotSize(layout);
  const shade = shading(layout);
  const visible = layout.order.filter(inside);
  for (const [fillStyle, numbers] of grouped(many ? apart(visible, layout, at) : visible, (n) => (programs.value[n] === null ? colour_bad() : shade(n)))) {
    pen.fillStyle = fillStyle;
    for (const n of numbers) {
      if (many && !layout.line.has(n)) pen.fillRect(at.x(n) - small, at.y(n) - small, 2 * small, 2 * small);
      else dot(pen, at.x(n), at.y(n), layout.line.has(n) ? small + 1.5 : small);
    }
  }
  return picture;
}

// Of programs whose dots would lie on one another, the one of the best clade: the others would not be seen.
function apart(numbers, layout, at) {
  const first = new Map();
  for (const n of numbers) {
    const pixel = Math.round(at.y(n) / NEAR) * 65536 + Math.round(at.x(n) / NEAR);
    const known = first.get(pixel);
    if (known === undefined || layout.clade[n] > layout.clade[known] || layout.line.has(n)) first.set(pixel, n);
  }
  return [...first.values()];
}

// A hundred thousand dots one by one, each in a colour of its own, take a second; so they are drawn by colour.
function grouped(numbers, colourOf) {
  const groups = new Map();
  for (const n of numbers) {
    const name = colourOf(n);
    if (groups.has(name)) groups.get(name).push(n); else groups.set(name, [n]);
  }
  return groups;
}

function dot(pen, x, y, size) {
  pen.beginPath();
  pen.arc(x, y, size, 0, 7);
  pen.fill();
}

let badNow = "";
function colour_bad() { return badNow; }

function shading(layout) {
  badNow = colour("--bad");
  const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark") || matchMedia("(prefers-color-scheme: dark)").matches && document.documentElement.dataset.theme !== "light";
  const span = layout.best - layout.worst || 1;
  const table_ = Array.from({ length: 21 }, (_, at) => `hsl(${205 - 55 * at / 20} ${12 + 48 * at / 20}% ${dark ? 42 + 18 * at / 20 : 72 - 34 * at / 20}%)`);
  return (n) => table_[Math.round(20 * Math.min(1, Math.max(0, (layout.clade[n] - layout.worst) / span)))];
}

// Edges to first parents, or to further ones. Of many, those that lie on one another are drawn once.
function edges(pen, layout, at, numbers, stroke, width, further = false) {
  pen.strokeStyle = stroke;
  pen.lineWidth = width;
  pen.beginPath();
  const seen = new Set();
  const near = layout.order.length > MANY;
  const step = (value) => Math.round(value / NEAR) & 8191;
  function edge(parent, n) {
    if (parent < 0 || !layout.chosen[parent]) return;
    const x0 = at.x(parent);
    const y0 = at.y(parent);
    const x1 = at.x(n);
    const y1 = at.y(n);
    if ((x0 < 0 && x1 < 0) || (x0 > at.width && x1 > at.width) || (y0 < 0 && y1 < 0) || (y0 > at.height && y1 > at.height)) return;
    if (near) {
      const drawn = seen.size;
      seen.add(((step(x0) * 8192 + step(y0)) * 8192 + step(x1)) * 8192 + step(y1));
      if (seen.size === drawn) return;
    }
    const middle = (x0 + x1) / 2;
    pen.moveTo(x0, y0);
    pen.bezierCurveTo(middle, y0, middle, y1, x1, y1);
  }
  for (const n of numbers) {
    if (further) for (const parent of layout.other.get(n) || []) edge(parent, n);
    else edge(layout.parent[n], n);
  }
  pen.stroke();
}

function ring(pen, x, y, size, stroke) {
  pen.strokeStyle = stroke;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(x, y, size, 0, 7);
  pen.stroke();
}

function names(pen, layout, at, inside, programs, selected) {
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = colour("--soft");
  const taken = [];
  const wanted = [...(selected === null ? [] : [selected]), ...[...layout.line].reverse(), ...(layout.order.length < 60 ? layout.order : [])];
  for (const n of wanted) {
    if (!layout.chosen[n] || !inside(n)) continue;
    const [x, y] = [at.x(n) + 8, at.y(n) - 8];
    const end = x + 6 + 6.5 * `#${n}`.length;
    if (taken.some(([left, right, height]) => left < end && right > x && Math.abs(height - y) < 13)) continue;
    taken.push([x, end, y]);
    pen.fillText(`#${n}`, x, y);
  }
}

function walk(layout, from, key) {
  if (from === null || from === undefined) return null;
  const below = layout.below(from);
  const parent = layout.parent[from];
  if (key === "ArrowLeft") return parent >= 0 ? parent : null;
  if (key === "ArrowRight") return below.length ? below.reduce((a, b) => (layout.clade[b] > layout.clade[a] ? b : a)) : null;
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  const beside = [...(parent >= 0 && layout.chosen[parent] ? layout.below(parent) : layout.roots)].sort((a, b) => layout.y[a] - layout.y[b]);
  return beside[beside.indexOf(from) + (key === "ArrowUp" ? -1 : 1)] ?? null;
}

function listen(canvas, layout, view, draw, pick) {
  const held = new Map();
  let moved = 0;
  const spot = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const zoom = (x, y, by) => {
    const v = view();
    const next = Math.min(400, Math.max(0.5, v.zoom * by));
    const real = next / v.zoom;
    v.x = x - 24 - (x - 24 - v.x) * real;
    v.y = y - 24 - (y - 24 - v.y) * real;
    v.zoom = next;
    draw();
  };
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(...spot(event), Math.exp(-event.deltaY / 400)); }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); held.set(event.pointerId, spot(event)); if (held.size === 1) moved = 0; });
  canvas.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return;
    const [before, now] = [held.get(event.pointerId), spot(event)];
    const others = [...held].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    held.set(event.pointerId, now);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (others.length) {
      const far = (a) => Math.hypot(a[0] - others[0][0], a[1] - others[0][1]) || 1;
      zoom((now[0] + others[0][0]) / 2, (now[1] + others[0][1]) / 2, far(now) / far(before));
    } else if (moved > 4) { view().x += now[0] - before[0]; view().y += now[1] - before[1]; draw(); }
  });
  const end = (event) => {
    if (held.delete(event.pointerId) && moved <= 4 && event.type === "pointerup") {
      const number = near(canvas, layout(), view(), spot(event));
      if (number !== null) pick(number);
    }
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}

function near(canvas, layout, view, [x, y]) {
  const at = placing(canvas, layout, view);
  let [found, distance] = [null, 400];
  for (const n of layout.order) {
    const away = (at.x(n) - x) ** 2 + (at.y(n) - y) ** 2;
    if (away < distance) [found, distance] = [n, away];
  }
  return found;
}

function line(shared) {
  const { programs, summary, key } = shared;
  if (summary.best === null || summary.best >= programs.size) return el("p", { class: "soft" }, "No program has a score yet.");
  const sign = summary.objective.direction === "minimize" ? -1 : 1;
  return table(["program", summary.objective.name, "better by", "operator", "model"], programs.line(summary.best).map((n) => {
    const parent = programs.parent[n];
    const both = parent >= 0 && programs.value[parent] !== null && programs.value[n] !== null;
    return [el("a", { href: link(key, n) }, `#${n}`), amount(programs.value[n], summary.objective), both ? number(sign * (programs.value[n] - programs.value[parent]), 4) : "", programs.operator[n], programs.model[n]];
  }), { numbers: [1, 2], caption: "the line of the best" });
}
