// The plane that maps are drawn on: where it begins, what stands at its sides, how good is how dark.
import { colour } from "./dom.js";
import { number } from "./format.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [64, 12, 12, 42];

// The part of a canvas that a map fills, from shares of it (0 to 1, up and to the right) to pixels.
export function plane(width, height) {
  const [w, h] = [Math.max(1, width - LEFT - RIGHT), Math.max(1, height - TOP - BOTTOM)];
  return { w, h, x: (share) => LEFT + share * w, y: (share) => TOP + (1 - share) * h };
}

// Names and values at the sides: marks are [share, value].
export function sides(pen, flat, names, across, up) {
  pen.fillStyle = colour("--soft");
  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "left";
  pen.fillText(names[0], flat.x(0), flat.y(0) + 34, flat.w);
  pen.save();
  pen.translate(12, flat.y(0));
  pen.rotate(-Math.PI / 2);
  pen.fillText(names[1], 0, 0, flat.h);
  pen.restore();
  pen.textAlign = "center";
  for (const [share, value] of thinned(across, flat.w, 52)) pen.fillText(number(value, 3), flat.x(share), flat.y(0) + 16);
  pen.textAlign = "right";
  for (const [share, value] of thinned(up, flat.h, 18)) pen.fillText(number(value, 3), flat.x(0) - 6, flat.y(share) + 4, 46);
}

function thinned(marks, size, apart) {
  let last = -Infinity;
  return marks.filter(([share]) => { const free = share * size - last >= apart; if (free) last = share * size; return free; });
}

// How dark each of some cells is: by the rank of its fitness.
export function shades(cells) {
  const ranked = cells.map((cell) => cell.fitness).sort((a, b) => a - b);
  const rank = new Map(ranked.map((fitness, at) => [fitness, ranked.length > 1 ? at / (ranked.length - 1) : 1]));
  return (cell) => 0.15 + 0.85 * rank.get(cell.fitness) ** 1.5;
}

export function ring(pen, number_, selected, best) {
  pen.strokeStyle = colour(number_ === selected ? "--ink" : "--good");
  pen.lineWidth = 2;
  return number_ === selected || number_ === best;
}
