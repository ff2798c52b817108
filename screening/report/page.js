"use strict";
// What the pages of screenings and fits share. Text of the store enters the page through textContent or plain() only.
const content = JSON.parse(document.getElementById("payload").textContent);
const page = document.getElementById("page");
const PALETTE = content.palette;
const PHASE_COLOURS = content.phase_colours || {};
const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };

function plain(text) { // plotly reads a subset of HTML in its texts
  return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) made.append(child);
  return made;
}

function unpack(text) {
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at); // ten times as fast as Uint8Array.from
  return new Float32Array(bytes.buffer);
}

function number(value, digits = 4) {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) return value.toExponential(digits - 1).replace(/\.?0*e\+?(.*)$/, (_, power) => ` × 10${raised(power)}`).replace(/^(-?)1 × /, "$1");
  return String(Number(value.toPrecision(digits)));
}

function raised(power) { return String(power).replace(/[-0-9]/g, (one) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(one)]); }
function withUnit(text, unit) { return unit ? `${text} (${unit})` : text; }

function logTicks(low, high, few) { // whole powers of ten, or 1, 2 and 5 of each where the range is short; values, not logarithms
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high)), span = Math.log10(high / low);
  const digits = span > 3 ? [1] : span > 1.2 || few ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 8], every = Math.max(1, Math.ceil(span / 7)), ticks = [];
  for (let power = first; power <= last; power += 1) {
    if (span > 3 && power % every) continue;
    for (const digit of digits) { const one = Number(`${digit}e${power}`); if (one >= low * 0.999 && one <= high * 1.001) ticks.push(one); }
  }
  return ticks;
}

function logText(one, low, high) { return high > 1e4 * low ? `10${raised(Math.round(Math.log10(one)))}` : number(one, 3); }
function logAxis(low, high, few) {
  const ticks = logTicks(low, high, few);
  return { type: "log", tickmode: "array", tickvals: ticks, ticktext: ticks.map((one) => logText(one, low, high)) };
}
// blue for -1, red for 1, as the figures have it
const DIVERGING = [[0, "#2166ac"], [0.25, "#92c5de"], [0.5, "#f7f7f7"], [0.75, "#f4a582"], [1, "#b2182b"]];
function coefficient(value) { return value === null ? "" : value.toFixed(2).replace(/^-(0\.00)$/, "$1"); }

function wordLines(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (lines[last] && (lines[last] + " " + word).length > width) lines.push(word);
    else lines[last] = lines[last] ? lines[last] + " " + word : word;
  }
  return lines;
}
function wrapped(text, width) { return wordLines(text, width).map(plain).join("<br>"); } // for plotly

const navigation = element("nav", {});
function section(id, title, ...about) {
  const made = element("section", { id }, element("h2", {}, title));
  for (const text of about) if (text) made.append(element("p", { class: "quiet" }, text));
  page.append(made);
  navigation.append(element("a", { href: "#" + id }, title));
  return made;
}

function dropdown(id, label, options, chosen, changed) {
  const list = element("select", { id });
  for (const [value, text] of options) list.append(element("option", { value, selected: String(value) === String(chosen) }, text));
  list.addEventListener("change", changed);
  const made = element("label", {}, label, list);
  made.value = () => list.value;
  return made;
}

function layout(extra, height) {
  return {
    height, margin: { l: 60, r: 20, t: 30, b: 55 }, paper_bgcolor: "#fff", plot_bgcolor: "#fff", hovermode: "closest",
    font: { family: "system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif", size: 12.5, color: "#222" }, ...extra,
  };
}

function axis(title, extra) {
  const text = innerWidth > 640 || title.includes("<br>") ? title : wordLines(title, 32).join("<br>"); // a telephone
  return { title: { text, standoff: 8 }, gridcolor: "#ececec", zeroline: false, linecolor: "#999", ticks: "outside",
    exponentformat: "power", automargin: true, ...extra };
}

// A plot is drawn when it comes near the window, so that a long page opens at once.
const waiting = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting || !waiting.has(entry.target)) continue;
    const draw = waiting.get(entry.target);
    waiting.delete(entry.target);
    watcher.unobserve(entry.target);
    draw();
  }
}, { rootMargin: "400px" });
function whenSeen(place, draw) { // a redraw that nobody sees waits too
  waiting.set(place, draw);
  watcher.unobserve(place);
  if (window.Plotly) watcher.observe(place);
  else window.addEventListener("load", () => watcher.observe(place), { once: true }); // tables are read while plotly loads
}
function plotPlace(id, height) { return element("div", { id, class: "plot", style: `min-height:${height}px` }); }
function react(place, traces, shape) { return Plotly.react(place, traces, shape, CONFIG); }

// On paper everything is drawn, at the width of a page; plotly's own resizing comes too late for a printer.
const PAPER = 700;
const followPaper = []; // what else draws itself at a width
function onPaper(width) {
  document.body.classList.toggle("paper", Boolean(width));
  for (const [place, draw] of [...waiting]) { waiting.delete(place); watcher.unobserve(place); draw(); }
  for (const plot of document.querySelectorAll(".js-plotly-plot")) Plotly.relayout(plot, width ? { width: plot.clientWidth } : { width: null, autosize: true });
  for (const draw of followPaper) draw();
}
window.addEventListener("beforeprint", () => onPaper(PAPER));
window.addEventListener("afterprint", () => onPaper(0));

function factsTable(rows, headings) {
  const body = element("tbody", {});
  for (const row of rows) {
    body.append(element("tr", {}, ...row.map((cell) => element("td", { class: "text wrap" }, cell))));
  }
  const parts = headings ? [element("thead", {}, element("tr", {}, ...headings.map((text) => element("th", { class: "text" }, text))))] : [];
  return element("div", { class: "scroll" }, element("table", {}, ...parts, body));
}

function opening(kind) {
  document.title = content.title;
  page.append(element("h1", {}, content.title), element("p", { class: "quiet" }, `${kind} of ${content.store}, sei-screening`), navigation);
  for (const note of content.notes) page.append(element("p", { class: "note" }, note));
}

function closing(heading) {
  const place = section("provenance", "Provenance");
  place.append(factsTable(content.provenance), element("h3", {}, heading), element("pre", { id: "study" }, content.study));
  page.append(element("p", { class: "quiet" }, "Nothing on this page was loaded from a network."));
  document.body.dataset.ready = "yes";
}
