// Pareto fronts: the programs that no other is better than in every metric, or that are best on a case.
import { colour, el, table } from "./dom.js";
import { amount, count, number } from "./format.js";
import { link } from "./picked.js";
import { plane, ring, sides } from "./plane.js";

const CLOSE = 14; // pixels from a point that still mean it

export function frontMap(got, shared, across) {
  const [one, two] = across;
  const scales = across.map((name) => scale(got, name));
  const members = got.programs.map((each) => ({ number: each.program, values: each.values, member: true }));
  const others = got.others.number.map((each, at) => ({ number: each, values: got.others.values[at] }));
  const better = got.names.map((name, at) => `${got.directions[at] === "maximize" ? "more" : "less"} ${name}`);
  let flat = null;
  const where = (each) => [flat.x(scales[0].share(each.values[one])), flat.y(scales[1].share(each.values[two]))];
  const seen = (each) => [0, 1].every((at) => { const share = scales[at].share(each.values[across[at]]); return share >= -0.01 && share <= 1.01; });
  return {
    items: members.map((each) => each.number),
    note: got.over === "cases"
      ? `the best of ${count(got.names.length)} cases: ${count(got.many)} of ${count(got.scored)} scored programs`
      : `${count(got.many)} of ${count(got.scored)} scored programs that none dominates; better is: ${better.join(", ")}`,
    hint: "Click a point to see its program. Filled: in the front.",
    at(x, y) {
      const far = (each) => { const [a, b] = where(each); return Math.hypot(x - a, y - b); };
      const near = [...members, ...others].filter((each) => seen(each) && far(each) < CLOSE).sort((a, b) => far(a) - far(b) || (b.member ? 1 : 0) - (a.member ? 1 : 0));
      return near[0]?.number;
    },
    paint(pen, width, height, selected) {
      flat = plane(width, height);
      pen.fillStyle = colour("--point");
      pen.globalAlpha = 0.5;
      for (const each of others) if (seen(each)) pen.fillRect(where(each)[0] - 1.5, where(each)[1] - 1.5, 3, 3);
      pen.globalAlpha = 1;
      if (got.over === "objectives" && got.names.length === 2 && one !== two) stairs(pen, members.filter(seen), where, one, got.directions[one]);
      for (const each of members.filter(seen)) {
        pen.beginPath();
        pen.arc(...where(each), 5, 0, 2 * Math.PI);
        pen.fillStyle = colour("--accent");
        pen.fill();
      }
      for (const each of [...members, ...others]) {
        if (!seen(each) || !ring(pen, each.number, selected, shared.summary.best)) continue;
        pen.beginPath();
        pen.arc(...where(each), 8, 0, 2 * Math.PI);
        pen.stroke();
      }
      sides(pen, flat, across.map((at) => `${got.names[at]} (${got.directions[at] === "maximize" ? "more" : "less"} is better)`), scales[0].marks, scales[1].marks);
    },
    table: () => tables(got, shared),
  };
}

// Ends of an axis: all of the front, and nearly all of the others.
function scale(got, at) {
  const of = (rows) => rows.map((row) => row[at]).filter((value) => value !== null).sort((a, b) => a - b);
  const mine = of(got.programs.map((each) => each.values));
  const rest = of(got.others.values);
  const ends = [mine[0], mine.at(-1), rest[Math.floor(0.02 * rest.length)], rest[Math.floor(0.98 * (rest.length - 1))]].filter((value) => value !== undefined);
  let [low, high] = ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  if (low === high) [low, high] = [low - 1, high + 1];
  const edge = 0.04 * (high - low);
  const share = (value) => (value === null ? NaN : (value - low + edge) / (high - low + 2 * edge));
  const marks = Array.from({ length: 6 }, (_, step) => low + (high - low) * step / 5).map((value) => [share(value), value]);
  return { share, marks };
}

// The border of what the front dominates.
function stairs(pen, members, where, one, direction) {
  const points = [...members].sort((a, b) => a.values[one] - b.values[one]).map(where);
  pen.strokeStyle = colour("--accent");
  pen.lineWidth = 1;
  pen.beginPath();
  points.forEach(([x, y], at) => {
    if (!at) { pen.moveTo(x, y); return; }
    const [before, level] = points[at - 1];
    if (direction === "minimize") pen.lineTo(x, level); else pen.lineTo(before, y);
    pen.lineTo(x, y);
  });
  pen.stroke();
}

function tables(got, shared) {
  const to = (program) => el("a", { href: link(shared.key, program) }, `#${program}`);
  if (got.over === "objectives") {
    return table(["program", ...got.names, "same values", "asked from"],
      got.programs.slice(0, 100).map((each) => [to(each.program), ...each.values.map((value) => number(value)), count(each.same), count(each.asked)]),
      { numbers: [...got.names.keys(), got.names.length, got.names.length + 1].map((at) => at + 1), caption: "front" });
  }
  return [
    table(["program", "best on", shared.summary.objective.name, "same values", "asked from"], got.programs.slice(0, 100).map((each) => [to(each.program),
      `${count(each.held)} case${each.held === 1 ? "" : "s"}`, amount(shared.programs.value[each.program], shared.summary.objective), count(each.same), count(each.asked)]), { numbers: [2, 3, 4], caption: "programs that are best on a case" }),
    table(["case", "best", "reached by"], got.cases.slice(0, 100).map((each) => [each.case, number(each.best),
      [each.programs.slice(0, 4).map((program) => [to(program), " "]), each.many > 4 ? `+${each.many - 4}` : null]]), { numbers: [1], caption: "cases" }),
  ];
}
