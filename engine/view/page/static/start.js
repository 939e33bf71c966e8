// Before the first paint: the theme that was chosen last, and the first requests of the run that the address names.
"use strict";
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch { /* storage is off */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;

  // Answers that are under way while the rest of the page is loaded, by path; data.js takes each once.
  window.begun = new Map();
  const { only } = document.documentElement.dataset; // the run of a page that has one
  const named = /^#\/run\/([^/?]+)(?:\/(?:score|tree|map)|$|\?)/.exec(location.hash)?.[1];
  const run = named ?? (location.hash.length < 3 ? only : undefined);
  if (run === undefined || !location.protocol.startsWith("http")) return;
  const paths = [`/api/run/${run}/summary`, `/api/run/${run}/programs?since=0`];
  for (const path of named === undefined ? ["/api/runs", ...paths] : paths) {
    const answer = fetch(path);
    answer.catch(() => {}); // whoever takes it says so
    window.begun.set(path, answer);
  }
})();
