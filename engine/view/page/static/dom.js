// Elements from data. Text is only ever set as text: nothing that a program wrote becomes markup.

// Marks that are not seen, or that turn the direction of text: shown by their number.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\uddef]/g;

export function el(name, props = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "width") made.style.width = value;
    else if (key === "tint") made.style.background = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  put(made, ...children);
  return made;
}

export function put(into, ...children) {
  for (const child of children.flat(4)) {
    if (child === null || child === undefined || child === false) continue;
    if (child instanceof Node) into.append(child);
    else into.append(...visible(String(child)));
  }
  return into;
}

export function fill(into, ...children) {
  into.replaceChildren();
  return put(into, ...children);
}

// Text as nodes, with what is not seen made visible.
export function visible(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(UNSEEN)) {
    if (found.index > from) nodes.push(document.createTextNode(text.slice(from, found.index)));
    const mark = document.createElement("span");
    mark.className = "unseen";
    mark.textContent = "U+" + found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    mark.title = "a character that is not seen, or that turns the direction of text";
    nodes.push(mark);
    from = found.index + found[0].length;
  }
  if (from < text.length || !nodes.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, props = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(props)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

export function table(headings, rows, { numbers = [], caption = "", words = [], classes = "" } = {}) {
  const kind = (at) => (numbers.includes(at) ? "num" : words.includes(at) ? "words" : null);
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption || "a table" },
    el("table", { class: classes },
      el("thead", {}, el("tr", {}, headings.map((each, at) => el("th", { class: kind(at), scope: "col" }, each)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, at) => el("td", { class: kind(at) }, cell)))))));
}

export function command(text) {
  const button = el("button", { type: "button", onclick: async () => {
    try { await navigator.clipboard.writeText(text); button.textContent = "copied"; } catch { button.textContent = "select it"; }
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  } }, "copy");
  return el("div", { class: "command" }, el("code", {}, text), button);
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
