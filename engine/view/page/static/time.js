// How busy the run was: the latest tasks as bars of time, and results by stretch of the run.
import { colour, el, fill, table } from "./dom.js";
import { get, of } from "./data.js";
import { count, duration, number } from "./format.js";
import { axes, size } from "./compare.js";

export async function timeTab(place, shared) {
  const chart = el("div", { class: "chart low", role: "img", "aria-label": "results by time; the table below holds the same" });
  const canvas = el("canvas", { class: "canvas", role: "img", "aria-label": "the latest tasks; the table below holds the same" });
  const said = el("p", { class: "key" });
  const more = el("details", {}, el("summary", {}, "the latest tasks as a table"));
  const rates = el("details", {}, el("summary", {}, "results as a table"));
  fill(place, el("section", { class: "panel", "aria-label": "throughput" }, el("h2", {}, "Results by time"), chart, rates),
    el("section", { class: "panel", "aria-label": "tasks" }, el("h2", {}, "The latest tasks"), canvas, said, more));
  let got = null;
  let plot = null;

  function draw() {
    const { begin, width, counts } = got.results;
    plot?.destroy();
    const xs = counts.map((_, at) => width * (at + 0.5));
    const rate = counts.map((many) => 60 * many / width);
    plot = new uPlot({ ...size(chart), height: 220, legend: { show: false }, cursor: { show: false }, scales: { x: { time: false }, y: { range: (u, low, high) => [0, high * 1.1 || 1] } },
      axes: axes("since the run began", duration, "results a minute"), series: [{}, { stroke: colour("--accent"), fill: colour("--band"), width: 1.5, points: { show: false }, paths: uPlot.paths.stepped({ align: 0 }) }] }, [xs, rate], chart);
    const stretch = bars(canvas, got.spans);
    fill(said, stretch === null ? "None yet." : `${duration(stretch)}, a row for each worker; green: scored, blue: measured again, red: failed, grey: known already`);
    fill(rates, el("summary", {}, "results as a table"), table(["from", "results", "a minute"], counts.map((many, at) => [duration(width * at), count(many), number(rate[at], 3)]), { numbers: [0, 1, 2], caption: "results" }));
    fill(more, el("summary", {}, "the latest tasks as a table"), table(["task", "kind", "came to", "took"], [...got.spans].reverse().map((span) => [
      el("a", { href: `#/run/${encodeURIComponent(shared.key)}/task/${span.ticket}` }, String(span.ticket)), span.kind, span.word, span.end === null ? "in flight" : duration(span.end - span.begin)]), { numbers: [3], caption: "the latest tasks" }));
  }

  async function update() { got = await get(of(shared.key, "timeline")); draw(); }
  await update();
  const watch = new ResizeObserver(() => plot && plot.width !== size(chart).width && draw());
  watch.observe(chart);
  window.addEventListener("themed", draw);
  return { update, close() { watch.disconnect(); window.removeEventListener("themed", draw); plot?.destroy(); } };
}

// Draw the tasks; returns the seconds that they span, null without any.
function bars(canvas, spans) {
  const scale = window.devicePixelRatio || 1;
  const lanes = Math.max(0, ...spans.map((span) => span.lane)) + 1;
  canvas.style.height = `${Math.min(460, 12 + 26 * lanes)}px`;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  if (!spans.length) return null;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const now = Date.now() / 1000;
  const ends = spans.filter((span) => span.end !== null).map((span) => span.end);
  const open = spans.some((span) => span.end === null);
  const first = Math.min(...spans.map((span) => span.begin));
  const last = Math.max(...ends, first + 0.01, open ? Math.min(now, Math.max(...ends, first) + 3600) : 0);
  const tall = Math.min(26, (height - 12) / lanes);
  const good = { ok: colour("--good"), measured: colour("--accent"), duplicate: colour("--point"), "in flight": colour("--accent") };
  for (const span of spans) {
    const x = 6 + (width - 12) * (span.begin - first) / (last - first);
    const end = 6 + (width - 12) * ((span.end ?? last) - first) / (last - first);
    pen.globalAlpha = span.end === null ? 0.5 : 0.85;
    pen.fillStyle = good[span.word] || colour("--bad");
    pen.fillRect(x, 6 + span.lane * tall, Math.max(1.5, end - x - 1), Math.max(2, tall - 2));
  }
  return last - first;
}
