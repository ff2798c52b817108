"use strict";
opening("Report of the screening");
const SHARE = 1, BEST = 2, FRONT = 4, PAGE_ROWS = 20, MOST_AXES = 8;
const columns = content.columns, values = content.data.map(unpack), place = unpack(content.place);
const candidates = content.candidates, marks = content.marks, rows = candidates.map((_, at) => at);
const filmColumn = columns.findIndex((one) => one.role === "film");
const filmNames = content.films.map((one) => one.name);
const filmOf = (row) => (filmColumn < 0 ? 0 : values[filmColumn][row]);
const filmColour = (film) => PALETTE[film % PALETTE.length];
const ofRole = (...roles) => columns.map((_, at) => at).filter((at) => roles.includes(columns[at].role));
const constant = (at) => Boolean(content.histograms[at]) && content.histograms[at].edges.length === 2;
const inputs = ofRole("input"), outputs = ofRole("output"), numeric = ofRole("input", "derived", "output");
const sortColumn = content.sort.column ?? content.objectives[0] ?? outputs[0] ?? numeric[0];
const title = (at) => withUnit(columns[at].name + (columns[at].at ? ` at ${columns[at].at}` : ""), columns[at].unit);
const options = (list) => list.map((at) => [at, title(at)]);
const signOfLog = (at) => (content.histograms[at] ? content.histograms[at].log : 0);
const loggable = (at) => signOfLog(at) !== 0;
// on a logarithmic axis negative quantities are shown by their magnitude
const shownValue = (at, row) => (signOfLog(at) < 0 ? -values[at][row] : values[at][row]);
const shownTitle = (at) => (signOfLog(at) < 0 ? withUnit(`|${columns[at].name}${columns[at].at ? " at " + columns[at].at : ""}|`, columns[at].unit) : title(at));
const scale = (at) => (loggable(at) ? logAxis(content.histograms[at].edges[0], content.histograms[at].edges[content.histograms[at].edges.length - 1]) : {});
// of columns that differ in the scan rate only, the last
const latest = (list) => list.filter((at, i) => at === sortColumn || list.length <= 16 || !list.slice(i + 1).some((two) => columns[two].name === columns[at].name));
let selected = rows, filters = new Map();
let refresh = () => {}; // set by the table
const followers = [], cleared = []; // called when the filters change, and when all are taken back

// as one types it: in lower case, with plain digits in formulas
function asTyped(text) { return text.replace(/[₀-₉]/g, (one) => "₀₁₂₃₄₅₆₇₈₉".indexOf(one)).toLowerCase(); }
function codeText(at, row) {
  const value = values[at][row];
  if (at === filmColumn) return filmNames[value] ?? String(value);
  return columns[at].codes[value] ?? number(value);
}
function hover(row, list) {
  const lines = [`<b>candidate ${candidates[row]}</b>, ${plain(filmNames[filmOf(row)] ?? "")}`];
  for (const at of list) lines.push(`${plain(columns[at].name)}: ${plain(number(values[at][row]))} ${plain(columns[at].unit)}`);
  return lines.join("<br>");
}

{ // what was run
  const where = section("run", "What was run", content.protocol ? `Protocol: ${content.protocol}.` : "");
  const ok = content.counts.ok ?? 0, pending = content.counts.pending ?? 0, failed = content.total - ok - pending;
  const tiles = [[content.total, "candidates"], [ok, "ok"], [failed, "failed"], [pending, "not computed yet"], [content.films.length, content.films.length > 1 ? "films" : "film"]];
  where.append(element("div", { class: "tiles" }, ...tiles.map(([count, text]) => element("div", { class: "tile" }, element("b", {}, count.toLocaleString("en")), element("span", {}, text)))));
  where.append(factsTable(content.films.map((one) => [one.name, one.layers.join(" | ") || "–"]), ["film", "layers, outside to inside"]));
  const spans = inputs.map((at) => {
    const bars = content.histograms[at], ends = bars ? [bars.edges[0], bars.edges[bars.edges.length - 1]] : [];
    const text = bars ? `${number(ends[0])} to ${number(ends[1])}` : "–";
    return [columns[at].meaning || columns[at].name, text, columns[at].unit];
  });
  if (spans.length) where.append(element("h3", {}, "Inputs that differ between candidates"), factsTable(spans, ["input", "range found", "unit"]));
  const kinds = Object.entries(content.counts);
  const examples = Object.fromEntries(content.failed.map((one) => [one.name, one.examples]));
  where.append(element("h3", {}, "Status of the candidates"));
  const table = factsTable(kinds.map(([name, count]) => [name.replace(/_/g, " "), count.toLocaleString("en"), `${number((100 * count) / content.total, 3)} %`, (examples[name] ?? []).join(", ") || "–"]), ["status", "candidates", "share", "first of them"]);
  table.id = "status-table";
  where.append(table);
}

{ // ranking
  const sorted = content.sort.text.replace(/^-/, ""), smallest = content.sort.text.startsWith("-");
  const about = `Ranked by ${sorted}, ${smallest ? "smallest" : "largest"} first${content.where ? `, where ${content.where}` : ""}. A click on a heading sorts; filters take a text, or 5..20, <5, >=3 in the unit of the heading (of negative columns the magnitude). They act on all plots of carried candidates below.`;
  const where = section("ranking", "Ranking", about);
  if (content.chances) where.append(factsTable(content.chances.rows, content.chances.headings), element("p", { class: "quiet" }, content.chances.words));
  const flags = ofRole("flag"), leading = latest(outputs);
  const rest = [...new Set([...leading, ...inputs, ...outputs, ...numeric])].filter((at) => at !== sortColumn);
  const listed = [...(filmColumn < 0 ? [] : [filmColumn]), sortColumn, ...rest, ...flags].filter((at) => at !== undefined);
  let order = { at: -1, down: false }, first = 0;
  const body = element("tbody", {}), summary = element("span", { id: "table-count" });
  const value = (at, row) => (at === -2 ? candidates[row] : at === -1 ? place[row] : values[at][row]);
  const text = (at, row) => (at === -2 ? String(candidates[row]) : at === -1 ? number(place[row], 7) : at === filmColumn || Object.keys(columns[at].codes).length ? codeText(at, row) : number(values[at][row]));
  const shownColumns = [-1, -2, ...listed];
  const heading = (at) => {
    const cell = element("th", { class: at === filmColumn ? "sortable text" : "sortable", scope: "col", title: at < 0 ? "" : columns[at].meaning, onclick: () => sortBy(at) });
    cell.append(at === -1 ? "rank" : at === -2 ? "candidate" : columns[at].name);
    cell.append(element("small", {}, at < 0 ? "" : [columns[at].at, columns[at].unit].filter(Boolean).join(", ")));
    return cell;
  };
  const box = (at) => {
    const name = at === -2 ? "candidate" : at === -1 ? "rank" : columns[at].label;
    const made = element("input", { type: "text", "aria-label": `filter ${name}`, "data-column": name, placeholder: "filter", onclick: (event) => event.stopPropagation() });
    let timer = 0;
    made.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { setFilter(at, made.value); }, 150); });
    return element("th", {}, made);
  };
  const boxes = shownColumns.map(box);
  const head = element("thead", {}, element("tr", {}, ...shownColumns.map(heading)), element("tr", {}, ...boxes));
  const previous = element("button", { id: "previous", onclick: () => { first -= PAGE_ROWS; draw(); } }, "previous");
  const next = element("button", { id: "next", onclick: () => { first += PAGE_ROWS; draw(); } }, "next");
  const clear = element("button", { id: "clear", onclick: () => { for (const one of boxes) one.firstChild.value = ""; for (const clean of cleared) clean(); filters = new Map(); refresh(); } }, "clear filters");
  where.append(element("div", { class: "controls" }, previous, next, clear, summary), element("div", { class: "scroll" }, element("table", { id: "ranking-table" }, head, body)));

  function setFilter(at, typed) {
    filters.delete(at);
    const asked = typed.trim(), range = asked.match(/^(-?[\d.eE+-]+)\s*\.\.\s*(-?[\d.eE+-]+)$/), sign = asked.match(/^(<=|>=|<|>|=)\s*(-?[\d.eE+-]+)$/);
    // of a column that is negative throughout, such as cathodic currents, positive limits are those of the magnitude
    const negative = rows.every((row) => !(value(at, row) > 0)), lowest = range ? range[1] : sign ? sign[2] : 0;
    const compared = negative && Number(lowest) >= 0 ? (row) => Math.abs(value(at, row)) : (row) => value(at, row);
    if (range) filters.set(at, (row) => compared(row) >= Number(range[1]) && compared(row) <= Number(range[2]));
    else if (sign) {
      const bound = Number(sign[2]);
      const holds = { "<": (x) => x < bound, ">": (x) => x > bound, "<=": (x) => x <= bound, ">=": (x) => x >= bound, "=": (x) => x === bound }[sign[1]];
      filters.set(at, (row) => holds(compared(row)));
    } else if (asked) filters.set(at, (row) => asTyped(text(at, row)).includes(asTyped(asked)));
    refresh();
  }
  refresh = () => {
    const tests = [...filters.values()];
    selected = rows.filter((row) => tests.every((test) => test(row)));
    first = 0;
    draw();
    for (const follow of followers) follow();
  };
  function sortBy(at) {
    order = { at, down: order.at === at ? !order.down : at >= 0 };
    first = 0;
    draw();
  }
  function draw() {
    const sign = order.down ? -1 : 1;
    const key = (row) => { const one = value(order.at, row); return Number.isNaN(one) ? Infinity : sign * one; };
    const found = [...selected].sort((a, b) => { const x = key(a), y = key(b); return x === y ? a - b : x - y; });
    first = Math.max(0, Math.min(first, Math.floor(Math.max(found.length - 1, 0) / PAGE_ROWS) * PAGE_ROWS));
    body.replaceChildren(...found.slice(first, first + PAGE_ROWS).map((row) => element("tr", {}, ...shownColumns.map((at) => element("td", at === filmColumn ? { class: "text" } : {}, text(at, row))))));
    previous.disabled = first === 0;
    next.disabled = first + PAGE_ROWS >= found.length;
    const last = Math.min(first + PAGE_ROWS, found.length);
    summary.textContent = found.length ? `rows ${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${found.length.toLocaleString("en")}${filters.size ? " that pass the filters" : ""}` : "no carried candidate passes the filters";
  }
  draw();
}

if (content.stacks.length) { // layer diagrams
  const where = section("stacks", "The best stacks, to scale", "Electrode at the left, electrolyte at the right: the best of all, then the best of each film. A pointer over a layer shows its thickness.");
  const names = [...new Set(content.stacks.flatMap((stack) => stack.layers.map((layer) => layer.name)))];
  const height = 110 + 30 * content.stacks.length + 24 * Math.ceil(names.length / 6), plot = plotPlace("stack-plot", height);
  where.append(plot);
  whenSeen(plot, () => {
    const label = (stack) => `${plain(stack.film)} #${stack.candidate}`, seen = new Set(), traces = [];
    content.stacks.forEach((stack) => {
      let left = 0;
      for (const layer of [...stack.layers].reverse()) {
        const at = names.indexOf(layer.name);
        traces.push({ type: "bar", orientation: "h", y: [label(stack)], x: [layer.thickness], base: [left], width: [0.72], name: plain(layer.name), legendgroup: "l" + at, showlegend: !seen.has(at),
          marker: { color: PHASE_COLOURS[layer.name], line: { color: "#fff", width: 1 } }, hovertemplate: `${plain(layer.name)}: ${number(layer.thickness)} nm<extra>${label(stack)}</extra>` });
        seen.add(at);
        left += layer.thickness;
      }
    });
    react(plot, traces, layout({ barmode: "overlay", xaxis: axis("distance from the electrode (nm)"), yaxis: axis("", { autorange: "reversed", ticks: "", gridcolor: "#fff" }), legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, margin: { l: 130, r: 20, t: 20, b: 55 } }, height));
  });
}

if (content.curves.length) { // curves of the best stacks
  const swept = content.curves[0].along === "potential";
  const where = section("curves", swept ? "Voltammograms of the best stacks" : "Curves of the best stacks", "The best of all and the best of each further film, computed again for this page. Oxidation is positive.");
  const grid = element("div", { class: "grid" });
  where.append(grid);
  content.curves.forEach((one, at) => {
    const plot = plotPlace("curves-" + at, 330), lines = one.lines;
    grid.append(plot);
    whenSeen(plot, () => {
      const traces = lines.map((line, n) => ({ x: unpack(line.x), y: unpack(line.y), mode: "lines", name: line.name || "current", line: { color: `rgb(${viridis((0.85 * n) / Math.max(lines.length - 1, 1)).join(",")})`, width: 1.6 }, hovertemplate: `%{x:.3g}, %{y:.4g}<extra>${plain(line.name)}</extra>` }));
      const titles = [swept ? "potential (V vs Li/Li⁺)" : "time (s)", "current density (mA cm⁻²)"];
      react(plot, traces, layout({ title: { text: plain(one.title), font: { size: 13 }, x: 0, xref: "paper", y: 0.97 }, xaxis: axis(titles[0]), yaxis: axis(titles[1], { zeroline: true, zerolinecolor: "#bbb" }), legend: { orientation: "h", y: -0.24 }, showlegend: lines.length > 1, margin: { l: 60, r: 12, t: 34, b: 50 } }, 330));
    });
  });
}

// inputs that differ, the one with the largest rank correlation with what is ranked by first
const strongest = content.correlation.inputs.map((at, i) => [at, Math.max(...content.correlation.films.map((film) => Math.abs(film[i][content.correlation.outputs.indexOf(sortColumn)] ?? 0)))]).sort((a, b) => b[1] - a[1]).map(([at]) => at)
  .filter((at, i, all) => !all.slice(0, i).some((two) => values[two].every((one, row) => Object.is(one, values[at][row])))); // a shared parameter and what it sets are one
const drawable = (row) => marks[row] & (SHARE | BEST);
const drawn = () => selected.filter(drawable);
if (inputs.length && sortColumn !== undefined) { // parallel coordinates
  const where = section("parallel", "Parallel coordinates", "Every line is a candidate. Drag along an axis to keep a range, click the axis to let go; the ranges are filters of the whole page." + (strongest.length > MOST_AXES ? ` Of ${inputs.length} inputs, the ${MOST_AXES} that correlate most with ${title(sortColumn)}.` : ""));
  const plot = plotPlace("parallel-plot", 460);
  const redraw = () => whenSeen(plot, draw);
  const colour = dropdown("parallel-colour", "colour", options([...new Set([sortColumn, ...outputs, ...inputs])]), sortColumn, redraw);
  where.append(element("div", { class: "controls" }, colour), element("div", { class: "scroll wide" }, plot));
  plot.classList.add("parallel");
  const drawnValue = (one, row) => (one.log ? Math.log10(shownValue(one.at, row)) : values[one.at][row]);
  const asAxis = (at) => {
    const bars = content.histograms[at], log = loggable(at), ends = bars ? [bars.edges[0], bars.edges[bars.edges.length - 1]] : [0, 1];
    let [low, high] = log ? ends.map(Math.log10) : ends;
    if (constant(at)) low = high = (low + high) / 2; // one value: in the middle of its axis
    return { at, log, low, high, lines: wordLines(shownTitle(at), 15) };
  };
  const ends = content.objectives.filter((at) => at !== sortColumn && !constant(at)).slice(0, 2);
  const leading = strongest.slice(0, MOST_AXES).sort((a, b) => a - b);
  const axes = [...new Set([...leading, ...ends, sortColumn])].map(asAxis);
  const describe = (row) => [`candidate ${candidates[row]}, ${filmNames[filmOf(row)] ?? ""}`, ...axes.map((one) => `${title(one.at)}: ${number(values[one.at][row])}`)].join("\n");
  let chart = null;
  const brushed = (one, range) => {
    filters.delete("range " + one.at);
    if (range) filters.set("range " + one.at, (row) => { const value = drawnValue(one, row); return value >= range[0] && value <= range[1]; });
    refresh();
  };
  const draw = () => {
    chart ??= parallelCoordinates(plot, axes, drawnValue, describe, brushed);
    chart.show(rows.filter(drawable), drawn(), asAxis(Number(colour.value())));
  };
  whenSeen(plot, draw);
  followers.push(redraw);
  cleared.push(() => chart && chart.clear());
}

if (inputs.length && outputs.length) { // property map
  const where = section("map", "Property map", "Two quantities against each other, coloured by a third.");
  const redraw = () => whenSeen(plot, draw);
  const x = dropdown("map-x", "x", options(numeric), strongest[0] ?? inputs[0], redraw);
  const y = dropdown("map-y", "y", options(numeric), strongest[1] ?? inputs[1] ?? inputs[0], redraw);
  const z = dropdown("map-colour", "colour", options([...outputs, ...inputs]), sortColumn, redraw);
  const film = dropdown("map-film", "film", [["all", "all"], ...filmNames.map((name, at) => [at, name])], "all", redraw);
  const plot = plotPlace("map-plot", 520);
  where.append(element("div", { class: "controls" }, x, y, z, film), plot);
  const draw = () => {
    const [ax, ay, az] = [x, y, z].map((one) => Number(one.value())), only = film.value();
    const kept = drawn().filter((row) => (only === "all" || filmOf(row) === Number(only)) && [ax, ay, az].every((at) => Number.isFinite(values[at][row])));
    const colour = kept.map((row) => (loggable(az) ? Math.log10(shownValue(az, row)) : values[az][row]));
    const trace = { x: kept.map((row) => shownValue(ax, row)), y: kept.map((row) => shownValue(ay, row)), mode: "markers", text: kept.map((row) => hover(row, [ax, ay, az])), hovertemplate: "%{text}<extra></extra>",
      marker: { size: kept.length > 2000 ? 4 : 6, color: colour, colorscale: "Viridis", colorbar: { title: { text: wrapped((loggable(az) ? "log10 " : "") + shownTitle(az), 22) }, thickness: 14 } } };
    react(plot, [trace], layout({ xaxis: axis(plain(shownTitle(ax)), scale(ax)), yaxis: axis(plain(shownTitle(ay)), scale(ay)) }, 520));
  };
  whenSeen(plot, draw);
  followers.push(redraw);
}

function frontOf(among, ax, ay, sx, sy) { // rows that no other beats in both, by descending first objective
  const kept = among.filter((row) => Number.isFinite(values[ax][row]) && Number.isFinite(values[ay][row]));
  kept.sort((a, b) => sx * (values[ax][b] - values[ax][a]) || sy * (values[ay][b] - values[ay][a]));
  const front = [];
  let best = -Infinity, last = -1;
  for (const row of kept) {
    const gain = sy * values[ay][row];
    if (gain > best || (last >= 0 && values[ax][row] === values[ax][last] && values[ay][row] === values[ay][last])) { front.push(row); last = row; best = gain; }
  }
  return front;
}

if (content.objectives.length > 1) { // Pareto front
  const exact = content.objectives.map(title).join("; ");
  const about = content.complete ? "No candidate is better in both than those on the line." : `No candidate is better in both than those on the line. Without filters the front is exact for all candidates between these outputs: ${exact}; between others it is that of the carried ones.`;
  const where = section("pareto", "Pareto front", about);
  const redraw = () => whenSeen(plot, draw);
  const better = [["min", "smallest is best"], ["max", "largest is best"]];
  // a cathodic current is the better the more negative, a resistance the smaller; all else starts with the largest
  const direction = (at) => (at === sortColumn && content.sort.column !== null ? (content.sort.text.startsWith("-") ? -1 : 1) : columns[at].unit && signOfLog(at) < 0 ? -1 : /resistance|duration/.test(columns[at].name) ? -1 : 1);
  const one = content.objectives[0];
  const other = content.objectives.slice(1).map((at) => [at, frontOf(rows, one, at, direction(one), direction(at)).length]).sort((a, b) => b[1] - a[1])[0][0];
  const sense = (at) => (direction(at) < 0 ? "min" : "max");
  const x = dropdown("pareto-x", "x", options([...outputs, ...inputs]), one, redraw), dx = dropdown("pareto-x-best", "", better, sense(one), redraw);
  const y = dropdown("pareto-y", "y", options([...outputs, ...inputs]), other, redraw), dy = dropdown("pareto-y-best", "", better, sense(other), redraw);
  const plot = plotPlace("pareto-plot", 520), count = element("p", { class: "quiet", id: "pareto-count" });
  where.append(element("div", { class: "controls" }, x, dx, y, dy), plot, count);
  const draw = () => {
    const ax = Number(x.value()), ay = Number(y.value()), sx = dx.value() === "max" ? 1 : -1, sy = dy.value() === "max" ? 1 : -1;
    const kept = selected.filter((row) => Number.isFinite(values[ax][row]) && Number.isFinite(values[ay][row]));
    const front = frontOf(kept, ax, ay, sx, sy);
    const traces = filmNames.map((name, film) => {
      const mine = kept.filter((row) => filmOf(row) === film);
      return { x: mine.map((row) => shownValue(ax, row)), y: mine.map((row) => shownValue(ay, row)), mode: "markers", name: plain(name), marker: { size: 4.5, opacity: 0.45, color: filmColour(film) }, text: mine.map((row) => hover(row, [ax, ay])), hovertemplate: "%{text}<extra></extra>" };
    });
    traces.push({ x: front.map((row) => shownValue(ax, row)), y: front.map((row) => shownValue(ay, row)), mode: "lines+markers", name: "front", line: { color: "#222", width: 1.2 }, marker: { size: 9, color: "rgba(0,0,0,0)", line: { color: "#222", width: 1.6 } }, text: front.map((row) => hover(row, [...inputs.slice(0, 8), ax, ay])), hovertemplate: "%{text}<extra>front</extra>" });
    react(plot, traces, layout({ xaxis: axis(plain(shownTitle(ax)), scale(ax)), yaxis: axis(plain(shownTitle(ay)), scale(ay)), legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, showlegend: true }, 520));
    count.textContent = `${front.length} on the front: candidates ${front.slice(0, 12).map((row) => candidates[row]).join(", ")}${front.length > 12 ? ", ..." : ""}`;
  };
  whenSeen(plot, draw);
  followers.push(redraw);
}

{ // distributions of all candidates
  const where = section("distributions", "Distribution of every output", "Share of each film's candidates that are ok; of all of them, filters or not.");
  const names = [...new Set(outputs.map((at) => columns[at].name))], rates = [...new Set(outputs.map((at) => columns[at].at).filter(Boolean))];
  const rate = dropdown("distribution-rate", "scan rate", rates.map((one) => [one, one]), rates[rates.length - 1], () => names.forEach((_, i) => whenSeen(places[i], () => draw(i))));
  if (rates.length > 1) where.append(element("div", { class: "controls" }, rate));
  const grid = element("div", { class: "grid" }), places = names.map((_, i) => plotPlace("distribution-" + i, 260));
  grid.append(...places);
  where.append(element("p", { class: "quiet", id: "film-legend" }, ...filmNames.map((name, film) => element("b", { style: `color:${filmColour(film)}` }, name + "  "))), grid);
  const draw = (i) => {
    const among = outputs.filter((at) => columns[at].name === names[i]);
    const at = among.find((one) => columns[one].at === rate.value()) ?? among[among.length - 1], bars = content.histograms[at];
    if (!bars) { places[i].textContent = `${names[i]}: no values`; return; }
    const traces = [], edges = bars.edges;
    bars.counts.forEach((counts, film) => {
      const all = counts.reduce((sum, one) => sum + one, 0);
      if (!all) return;
      const xs = [edges[0]], ys = [0];
      counts.forEach((count, bin) => { xs.push(edges[bin], edges[bin + 1]); ys.push((100 * count) / all, (100 * count) / all); });
      xs.push(edges[edges.length - 1]); ys.push(0);
      traces.push({ x: xs, y: ys, mode: "lines", fill: "tozeroy", name: plain(filmNames[film]), line: { color: filmColour(film), width: 1.4 }, hovertemplate: `%{x:.4g}: %{y:.3g} %<extra>${plain(filmNames[film])}, median ${number(bars.medians[film])}</extra>` });
    });
    const extra = bars.without ? `; ${bars.without.toLocaleString("en")} without value` : "";
    react(places[i], traces, layout({ xaxis: axis(wrapped(shownTitle(at) + extra, 40), bars.log ? logAxis(edges[0], edges[edges.length - 1], true) : { nticks: 6 }), yaxis: axis("share (%)", { rangemode: "tozero", nticks: 5 }), showlegend: false, margin: { l: 55, r: 15, t: 10, b: 60 } }, 260));
  };
  places.forEach((one, i) => whenSeen(one, () => draw(i)));
}

if (content.correlation.inputs.length && content.correlation.outputs.length) { // rank correlations
  const found = content.correlation;
  const where = section("sensitivity", "Which input decides which output", `Spearman's rank correlation over ${found.rows.toLocaleString("en")} candidates that are ok, of one film at a time: 1 where the output rises with the input, −1 where it falls. Interactions do not show here; see sei-screen sensitivity.`);
  const chosen = latest(found.outputs).map((at) => [at, found.outputs.indexOf(at)]);
  const height = 200 + 26 * chosen.length, plot = plotPlace("correlation-plot", height);
  const film = dropdown("correlation-film", "film", content.films.map((one, at) => [at, one.name]), 0, () => redraw());
  if (content.films.length > 1) where.append(element("div", { class: "controls" }, film));
  where.append(plot);
  const redraw = () => {
    const z = chosen.map(([, i]) => found.inputs.map((_, j) => found.films[Number(film.value())][j][i]));
    const map = { type: "heatmap", z, x: found.inputs.map((at) => wrapped(columns[at].name, 20)), y: chosen.map(([at]) => plain(columns[at].name + (columns[at].at ? " at " + columns[at].at : ""))), zmin: -1, zmax: 1, colorscale: DIVERGING,
      text: z.map((row) => row.map(coefficient)), texttemplate: "%{text}", hovertemplate: "%{y}<br>%{x}<br>ρ = %{z:.3f}<extra></extra>", colorbar: { thickness: 14 } };
    react(plot, [map], layout({ xaxis: axis("", { ticks: "", tickangle: -35 }), yaxis: axis("", { autorange: "reversed", ticks: "" }) }, height));
  };
  whenSeen(plot, redraw);
}

if (content.sensitivity && content.sensitivity.entries.length) { // Sobol' indices and local gradients
  const found = content.sensitivity, about = [];
  if (found.samples) about.push(`Sobol' indices of ${found.logarithm ? "log10 of outputs of one sign" : "the outputs"} over the whole space, ${found.samples.toLocaleString("en")} base samples of each film: the share of the variance that an input decides alone, and in total with all its interactions; bars and ± are 95 % intervals.`);
  if (found.point) about.push(`Local gradients at ${found.point}: d ln|output| / d ln|input|, or with its unit d output / d input.`);
  const where = section("indices", "Sensitivity indices", about.join(" "));
  const redraw = () => whenSeen(plot, draw);
  const startOutput = found.entries.map((one) => one.output).find((at) => content.sort.column !== null && found.outputs[at].startsWith(columns[content.sort.column].name) && found.outputs[at].endsWith(columns[content.sort.column].at)) ?? found.entries[0].output;
  const film = dropdown("indices-film", "film", found.films.map((name, at) => [at, name]).filter(([at]) => found.entries.some((one) => one.film === at)), found.entries[0].film, redraw);
  const output = dropdown("indices-output", "output", found.outputs.map((name, at) => [at, name]).filter(([at]) => found.entries.some((one) => one.output === at)), startOutput, redraw);
  const plot = plotPlace("indices-plot", 300), table = element("div", { id: "indices-table" });
  where.append(element("div", { class: "controls" }, film, output), plot, table);
  const share = (value, half) => (value === null ? "–" : `${value.toFixed(3)} ± ${half.toFixed(3)}`);
  const draw = () => {
    const one = found.entries.find((entry) => entry.film === Number(film.value()) && entry.output === Number(output.value()));
    table.replaceChildren();
    if (!one) { Plotly.purge(plot); table.append(element("p", {}, "This output does not vary in this film.")); return; }
    const names = one.inputs.map((name) => wrapped(name, 26)), bars = one.first_order && one.total_order.some((value) => value !== null);
    const bar = (name, key, colour) => ({ type: "bar", orientation: "h", y: names, x: one[key], name, marker: { color: colour }, error_x: { type: "data", array: one[key + "_half_width"], color: "#222", thickness: 1.2, width: 3 }, hovertemplate: `%{y}: %{x:.3f}<extra>${name}</extra>` });
    const shownBars = bars ? [bar("in total", "total_order", PALETTE[5]), bar("alone", "first_order", PALETTE[0])] : one.elasticity.some((value) => value !== null) ? [{ type: "bar", orientation: "h", y: names, x: one.elasticity, name: "elasticity", marker: { color: PALETTE[1] }, hovertemplate: "%{y}: %{x:.3f}<extra></extra>" }] : [];
    const height = 120 + 44 * names.length;
    if (shownBars.length) react(plot, shownBars, layout({ barmode: "group", xaxis: axis(bars ? "share of the variance (1)" : "d ln|output| / d ln|input| (1)", { rangemode: "tozero", zeroline: true }), yaxis: axis("", { autorange: "reversed", ticks: "" }), legend: { orientation: "h", y: 1.02, yanchor: "bottom", traceorder: "normal" }, showlegend: Boolean(bars), margin: { l: 150, r: 20, t: 30, b: 55 } }, height));
    else Plotly.purge(plot);
    const headings = ["input", ...(bars ? ["alone", "in total", "rank correlation"] : []), ...(one.local ? ["local gradient"] : [])];
    const rows = one.inputs.map((name, at) => [name, ...(bars ? [share(one.first_order[at], one.first_order_half_width[at]), share(one.total_order[at], one.total_order_half_width[at]), coefficient(one.rank_correlation[at])] : []), ...(one.local ? [one.local[at]] : [])]);
    table.append(factsTable(rows, headings));
    const failed = bars ? found.samples - one.used : 0;
    if (failed) table.append(element("p", { class: "quiet" }, `${failed.toLocaleString("en")} of ${found.samples.toLocaleString("en")} samples left out, because a candidate failed.`));
  };
  redraw();
}
closing("Study");
