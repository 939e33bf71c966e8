// What the server knows: requests, one stream of events for the run that is open, programs as columns.

import { isKept, kept } from "./kept.js";
import { unpacked } from "./unpack.js";

export class Problem extends Error {}

export async function get(path) {
  if (isKept()) {
    const known = await kept(path);
    if (known === undefined) throw new Problem("this file does not hold it; evolve view shows it from the run");
    return known;
  }
  const answer = await begun(path);
  if (answer.ok && (answer.headers.get("content-type") || "").includes("octet-stream")) return unpacked(await answer.arrayBuffer());
  const type = answer.headers.get("content-type") || "";
  const value = type.includes("json") ? await answer.json() : { error: await answer.text() };
  if (!answer.ok) throw new Problem(value.error || `the server answered ${answer.status}`);
  return value;
}

// The answer to a request that was sent ahead, by start.js or by a view, or to a new one.
function begun(path) {
  const early = window.begun.get(path);
  window.begun.delete(path);
  return early || fetch(path, { headers: { accept: "application/json" } });
}

// Send a request whose answer will be asked for: it is under way while others are waited for.
export function ahead(path) {
  if (isKept() || window.begun.has(path)) return;
  const answer = fetch(path, { headers: { accept: "application/json" } });
  answer.catch(() => {}); // whoever takes it says so
  window.begun.set(path, answer);
}

export async function post(path, body) {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const value = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
  if (!answer.ok) throw new Problem(value.error);
  return value;
}

export const of = (key, path = "summary") => `/api/run/${encodeURIComponent(key)}/${path}`;

// The programs of a run, kept up: each column is an array by number.
export class Programs {
  constructor(key) {
    this.key = key;
    this.version = 0;
    this.size = 0;
    for (const name of ["parent", "value", "status", "operator", "model", "at", "kept"]) this[name] = [];
    this.other = new Map();
    this.steps = []; // the best so far, among the programs that are here
  }

  // Ask for what is new. Whoever comes while an answer is under way waits for the next one: that one may be older.
  update() {
    const last = this.busy || Promise.resolve();
    if (!this.next) {
      this.next = last.catch(() => {}).then(() => {
        this.next = null;
        this.busy = this.#update();
        return this.busy;
      });
    }
    return this.next;
  }

  async #update() {
    const got = await get(of(this.key, `programs?since=${this.version}`));
    got.number.forEach((number, at) => {
      this.parent[number] = got.parent[at];
      this.value[number] = Number.isNaN(got.value[at]) ? null : got.value[at];
      this.status[number] = got.statuses[got.status[at]];
      this.operator[number] = got.operators[got.operator[at]];
      this.model[number] = got.models[got.model[at]];
      this.at[number] = got.at[at];
      this.kept[number] = got.kept[at];
    });
    for (let at = 0; at < got.cross.length; at += 2) {
      const [number, parent] = [got.cross[at], got.cross[at + 1]];
      const known = this.other.get(number);
      if (!known) this.other.set(number, [parent]); else if (!known.includes(parent)) known.push(parent);
    }
    this.steps = got.steps;
    this.version = got.version;
    this.size = this.parent.length;
  }

  line(number) {
    const found = [];
    for (let at = number; at >= 0; at = this.parent[at]) found.push(at);
    return found.reverse();
  }
}

// One stream for the run that is open. It is made again by the browser when the server comes back.
export class Stream {
  constructor(key, heard, state) {
    if (isKept()) return; // nothing changes any more
    this.source = new EventSource(of(key, "events"));
    this.source.onopen = () => state("");
    this.source.onmessage = (event) => { state(""); heard(JSON.parse(event.data)); };
    this.source.onerror = () => {
      state("no answer from evolve view: trying again");
      if (this.source.readyState === EventSource.CLOSED && !this.over) {
        fetch(of(key)).then((answer) => { if (answer.status === 401 && !this.over) state("evolve view was started anew: open the address that it printed"); }, () => {});
        this.timer = setTimeout(() => { if (!this.over) this.again(key, heard, state); }, 2000);
      }
    };
  }

  again(key, heard, state) {
    const next = new Stream(key, heard, state);
    this.close = () => next.close();
  }

  close() {
    this.over = true;
    clearTimeout(this.timer);
    this.source?.close();
  }
}
