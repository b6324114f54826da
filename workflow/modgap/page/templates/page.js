"use strict";
// Theme: that of the system until a reader chooses; file pages may have no storage.
const root = document.documentElement;
const toggle = document.getElementById("theme");
function stored(value) {
  try {
    if (value) localStorage.setItem("theme", value);
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}
function dark() {
  return (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
}
function named() {
  toggle.textContent = dark() ? "Light" : "Dark";
}
if (stored()) root.dataset.theme = stored();
toggle.hidden = false;
toggle.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  stored(root.dataset.theme);
  named();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", named);
named();

// The board: what is shown follows from the verdicts, the source and the words that are chosen.
const rows = [...document.querySelectorAll(".board tbody tr")];
const chips = [...document.querySelectorAll(".chip")];
if (rows.length) {
  const source = document.getElementById("source");
  const search = document.getElementById("search");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const verdicts = chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.verdict);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      const fits =
        (!verdicts.length || verdicts.includes(row.dataset.verdict)) &&
        (!source.value || source.value === row.dataset.source) &&
        words.every((word) => texts[i].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    document.getElementById("shown").textContent = `${shown} of ${rows.length}`;
    document.getElementById("none").hidden = shown > 0;
  };
  chips.forEach((chip) =>
    chip.addEventListener("click", () => {
      chip.ariaPressed = chip.ariaPressed === "true" ? "false" : "true";
      filter();
    }),
  );
  source.addEventListener("change", filter);
  search.addEventListener("input", filter);
  // A link to a claim that is filtered out shows it again.
  addEventListener("hashchange", () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.hidden) row.hidden = false;
  });
  document.querySelector("#board .filters").hidden = false;
  filter();
}

// The scatter: one chart, drawn again for what is chosen.
if (typeof spec !== "undefined") {
  const points = Object.values(spec.datasets)[0];
  const selects = { experiment: "experiment", gap: "x_name", score: "y_name" };
  const chosen = (id) => document.getElementById(id).value;
  const fill = (id, among) => {
    const select = document.getElementById(id);
    const before = select.value;
    const names = [...new Set(among.map((point) => point[selects[id]]))];
    select.replaceChildren(...names.map((name) => new Option(name, name)));
    if (names.includes(before)) select.value = before;
  };
  const draw = () => {
    const own = points.filter((point) => point.experiment === chosen("experiment"));
    fill("gap", own);
    fill("score", own);
    const equal = Object.entries(selects).map(([id, field]) => ({ field, equal: chosen(id) }));
    const chart = structuredClone(spec);
    chart.transform = [{ filter: { and: equal } }];
    chart.encoding.x.title = chosen("gap");
    chart.encoding.y.title = chosen("score");
    return vegaEmbed("#chart", chart, { renderer: "svg", actions: false });
  };
  fill("experiment", points);
  Object.keys(selects).forEach((id) => document.getElementById(id).addEventListener("change", draw));
  draw();
}
