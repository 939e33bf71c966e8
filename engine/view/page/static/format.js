// Numbers, times and money for people; the same words as the terminal's.

export function number(value, digits = 7) {
  if (value === null || value === undefined || Number.isNaN(value)) return "none";
  const text = Number(value).toPrecision(digits);
  if (text.includes("e")) return text.replace(/\.?0+e/, "e").replace(/e([+-])(\d)$/, "e$10$2");
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export function count(value) {
  return Number(value).toLocaleString("en-US").replaceAll(",", " ");
}

export function counted(many, noun) {
  return `${count(many)} ${noun}${many === 1 ? "" : "s"}`;
}

export function short(value) {
  const units = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];
  for (const [size, name] of units) if (Math.abs(value) >= size) return number(value / size, 3) + " " + name;
  return number(value, 3);
}

export function duration(seconds) {
  if (seconds < 10) return seconds.toFixed(1) + " s";
  const whole = Math.round(seconds);
  if (whole < 60) return whole + " s";
  if (whole < 3600) return Math.floor(whole / 60) + " min " + (whole % 60) + " s";
  if (whole < 172800) return Math.floor(whole / 3600) + " h " + String(Math.floor((whole % 3600) / 60)).padStart(2, "0") + " min";
  return Math.round(whole / 86400) + " days";
}

export function ago(at) {
  return at ? duration(Math.max(0, Date.now() / 1000 - at)) + " ago" : "";
}

export function money(usd, unpriced = 0) {
  const known = "$" + (usd >= 100 ? usd.toFixed(0) : usd.toFixed(usd >= 1 ? 2 : 4));
  if (unpriced && !usd) return `${counted(unpriced, "call")} unpriced`;
  return unpriced ? `${known} + ${count(unpriced)} unpriced` : known;
}

export function amount(value, objective, digits = 7) {
  return number(value, digits) + (objective.unit && value !== null ? " " + objective.unit : "");
}

export function gain(change, objective, noise) {
  if (change === null || change === undefined) return "gain unknown";
  if (change === 0) return "no gain";
  const unit = objective.unit ? " " + objective.unit : "";
  const words = `${change > 0 ? "better" : "worse"} by ${number(Math.abs(change), 4)}${unit}`;
  if (!(noise > 0)) return words;
  const times = Math.abs(change) / noise;
  return times >= 2 ? `${words}, ${times.toFixed(1)} × noise` : `${words}, within the noise of ${number(noise, 2)}${unit}`;
}
