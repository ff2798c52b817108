"use strict";
opening("Report of the fit");
const UNIT = content.curves.length ? content.curves[0].unit : "";
for (const curve of content.curves) for (const key of ["time", "potential", "measured", "model", "residual"]) curve[key] = unpack(curve[key]);

function shade(place, count) { // dark to light, also ordered in greyscale
  const ends = [[68, 1, 84], [49, 104, 142], [53, 183, 121], [180, 222, 44]];
  const at = count > 1 ? (3 * place) / (count - 1) : 0, low = Math.min(Math.floor(at), 2), share = at - low;
  return `rgb(${ends[low].map((one, i) => Math.round(one + share * (ends[low + 1][i] - one))).join(",")})`;
}

{
  const rows = content.parameters.map((one) => [one.name, one.estimate, one.interval, one.verdict, one.bounds]);
  const place = section("estimates", "Estimates", "The 95 % interval is the widest of three; a side that the data leave open ends at the bound and is named.");
  place.append(factsTable(rows, ["quantity", "estimate", "95 % interval", "identifiability", "searched"]));
  for (const text of content.combinations) place.append(element("p", {}, text));
  if (content.information) place.append(element("p", { class: "quiet" }, content.information));
  for (const text of content.directions) place.append(element("p", { class: "quiet" }, "direction: " + text));
}

if (content.curves.length) {
  const place = section("curves", "Data and model", "Dots are measured, lines are the model. Oxidation is positive. A click in the legend hides a curve.");
  const names = [["potential", "against potential"], ["time", "against time"]];
  const choice = dropdown("curve-axis", "show", names, "potential", () => whenSeen(both, draw));
  const both = element("div", { class: "two" }, plotPlace("curve-plot", 460), plotPlace("residual-plot", 460));
  place.append(element("div", { class: "controls" }, choice), both);
  const draw = () => {
    const key = choice.value(), title = key === "time" ? "time (s)" : "potential (V)", traces = [], gaps = [];
    content.curves.forEach((curve, at) => {
      const colour = shade(at, content.curves.length), name = plain(curve.name), group = "c" + at;
      const hover = `%{x:.4g}, %{y:.4g}<extra>${name}</extra>`;
      traces.push({ x: curve[key], y: curve.measured, mode: "markers", marker: { size: 3.5, color: colour, opacity: 0.55 }, name, legendgroup: group, showlegend: false, hovertemplate: hover });
      traces.push({ x: curve[key], y: curve.model, mode: "lines", line: { color: colour, width: 1.8 }, name: `${name} (rms ${number(100 * curve.rms, 2)} %)`, legendgroup: group, hovertemplate: hover });
      gaps.push({ x: curve[key], y: curve.residual, mode: "markers", marker: { size: 3.5, color: colour }, name, hovertemplate: hover });
    });
    const legend = { orientation: "h", y: -0.17 };
    react(document.getElementById("curve-plot"), traces, layout({ xaxis: axis(title), yaxis: axis(`current density (${UNIT})`), legend }, 460));
    react(document.getElementById("residual-plot"), gaps, layout({ xaxis: axis(title), yaxis: axis("model − data (standard uncertainties)", { zeroline: true }), legend }, 460));
  };
  whenSeen(both, draw);
}

if (content.spectra.length) {
  const place = section("spectra", "Impedance");
  const plot = plotPlace("spectrum-plot", 460);
  place.append(plot);
  whenSeen(plot, () => {
    const traces = [];
    content.spectra.forEach((one, at) => {
      const colour = PALETTE[at % PALETTE.length], name = plain(one.name), frequency = unpack(one.frequency);
      const hover = `%{x:.4g}, %{y:.4g} at %{customdata:.3g} Hz<extra>${name}</extra>`;
      const point = (kind) => ({ x: unpack(one[kind + "_real"]), y: unpack(one[kind + "_imaginary"]).map((y) => -y), customdata: frequency, hovertemplate: hover, legendgroup: "s" + at });
      traces.push({ ...point("measured"), mode: "markers", marker: { size: 6, color: colour }, name: name + ", data" });
      traces.push({ ...point("model"), mode: "lines", line: { color: colour }, name: name + ", model" });
    });
    const unit = content.spectra[0].unit;
    react(plot, traces, layout({ xaxis: axis(`Re Z (${unit})`), yaxis: axis(`−Im Z (${unit})`, { scaleanchor: "x" }) }, 460));
  });
}

if (content.targets.length) {
  const rows = content.targets.map((one) => [one.name, number(one.asked), number(one.model), number(one.model / one.asked)]);
  section("targets", "Single numbers", "In SI units.").append(factsTable(rows, ["target", "asked", "model", "model / asked"]));
}

{
  const profiled = content.parameters.filter((one) => one.profile.value.length);
  if (profiled.length) {
    const place = section("profiles", "Profile likelihoods", "Rise of the cost where a quantity is held and all others are fitted again; the dashed line ends the 95 % interval, the band is the reported one.");
    const grid = element("div", { class: "grid" });
    place.append(grid);
    profiled.forEach((one, at) => {
      const plot = plotPlace("profile-" + at, 270);
      grid.append(plot);
      whenSeen(plot, () => {
        const title = wrapped(withUnit(one.name.replace(/_/g, " "), one.unit), 44);
        const line = { x: one.profile.value, y: one.profile.rise, mode: "lines+markers", line: { color: PALETTE[at % PALETTE.length] }, hovertemplate: "%{x:.4g}: %{y:.3g}<extra></extra>" };
        const shapes = [
          { type: "rect", xref: "x", yref: "paper", x0: one.low, x1: one.high, y0: 0, y1: 1, fillcolor: "#0072b2", opacity: 0.1, line: { width: 0 }, layer: "below" },
          { type: "line", xref: "paper", x0: 0, x1: 1, y0: 3.841, y1: 3.841, line: { color: "#222", width: 1, dash: "dash" } },
          { type: "line", yref: "paper", y0: 0, y1: 1, x0: one.value, x1: one.value, line: { color: "#222", width: 1 } },
        ];
        const ends = [Math.min(...one.profile.value), Math.max(...one.profile.value)];
        const ranged = one.log && ends[0] > 0 ? logAxis(...ends, true) : { nticks: 5 };
        react(plot, [line], layout({ xaxis: axis(title, ranged), yaxis: axis("rise of the cost", { range: [0, 16] }), shapes, showlegend: false, margin: { l: 55, r: 15, t: 10, b: 60 } }, 270));
      });
    });
  }
}

if (content.posterior) showPosterior(content.posterior, content.parameters);

{
  const names = content.parameters.map((one) => one.name.replace(/_/g, " "));
  const place = section("correlation", "Correlation");
  const height = 200 + 38 * names.length, plot = plotPlace("correlation-plot", height);
  place.append(plot);
  whenSeen(plot, () => {
    const map = { type: "heatmap", z: content.correlation, x: names.map((name) => wrapped(name, 22)), y: names.map(plain), zmin: -1, zmax: 1, colorscale: DIVERGING,
      text: content.correlation.map((row) => row.map(coefficient)), texttemplate: "%{text}", hovertemplate: "%{y}<br>%{x}<br>r = %{z:.3f}<extra></extra>" };
    react(plot, [map], layout({ xaxis: axis("", { tickangle: 0, ticks: "" }), yaxis: axis("", { autorange: "reversed", ticks: "" }) }, height));
  });
}

{
  const starts = content.starts, about = Object.entries(starts.counts).map(([name, count]) => `${count} ${name}`).join(", ");
  const place = section("starts", "Starts", `${about}. Left: cost of the starts, best first. Right: where each began (open) and ended (filled) between the bounds; the darker, the better.`);
  const both = element("div", { class: "two" }, plotPlace("cost-plot", 380), plotPlace("start-plot", 380));
  place.append(both);
  whenSeen(both, () => {
    const order = starts.cost.map((_, at) => at + 1), kinds = [...new Set(starts.status)], known = starts.cost.filter((one) => one > 0);
    const costs = kinds.map((kind, at) => {
      const chosen = order.filter((one) => starts.status[one - 1] === kind);
      return { x: chosen, y: chosen.map((one) => starts.cost[one - 1]), mode: "markers", name: plain(kind), marker: { color: PALETTE[at], size: 7 }, hovertemplate: `start %{x}: %{y:.6g}<extra>${plain(kind)}</extra>` };
    });
    react(document.getElementById("cost-plot"), costs, layout({ xaxis: axis("start, best first"), yaxis: axis("cost", Math.max(...known) > 3 * Math.min(...known) ? logAxis(Math.min(...known), Math.max(...known)) : {}), legend: { orientation: "h", y: -0.2 }, showlegend: true }, 380));
    const names = content.parameters.map((one) => wrapped(one.name.replace(/_/g, " "), 16)), traces = [];
    order.slice(0, 60).reverse().forEach((one) => {
      const grey = Math.round(20 + 200 * (one - 1) / Math.max(order.length - 1, 1)), colour = `rgb(${grey},${grey},${grey})`;
      traces.push({ x: starts.first[one - 1], y: names, mode: "markers", marker: { symbol: "circle-open", color: colour, size: 6 }, hovertemplate: `start ${one} began at %{x:.3f}<extra></extra>` });
      traces.push({ x: starts.last[one - 1], y: names, mode: "markers", marker: { color: colour, size: 7 }, hovertemplate: `start ${one} ended at %{x:.3f}<extra></extra>` });
    });
    react(document.getElementById("start-plot"), traces, layout({ xaxis: axis("place between the bounds", { range: [-0.03, 1.03] }), yaxis: axis("", { autorange: "reversed" }), showlegend: false, margin: { l: 130, r: 20, t: 20, b: 55 } }, 380));
  });
}
closing("Fit file");
