// The address after # says which view is open and what is picked, so that it can be sent and gone back to.
import { el, fill } from "./dom.js";

export function address() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

export function remember(changes) {
  const { query } = address();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name); else query.set(name, value);
  }
  const path = location.hash.replace(/^#/, "").split("?")[0];
  const text = query.toString();
  history.replaceState(null, "", `#${path}${text ? "?" + text : ""}`);
}

// What the page says of its link to the server.
export function state(text) {
  const place = document.getElementById("link-state");
  if (place.textContent !== text) place.textContent = text;
}

export function trail(...links) {
  fill(document.getElementById("path"), links.map(([text, href]) =>
    el("span", {}, href ? el("a", { href }, text) : text)));
  document.title = [...links.map(([text]) => text).reverse(), "cladogen"].join(" · ");
}
