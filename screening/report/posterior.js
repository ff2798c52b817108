"use strict";
// Marginals of a posterior beside the priors, and its pairs; called by the page of a fit.
function posteriorAxis(parameter, values) {
  const title = wrapped(withUnit(parameter.name.replace(/_/g, " "), parameter.unit), 40);
  const known = Array.from(values), ends = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  return axis(title, parameter.log && ends[0] > 0 ? logAxis(...ends, true) : { nticks: 5 });
}

function steps(edges, heights) { // outline of a histogram, which a logarithmic axis shows as well
  const x = [], y = [];
  heights.forEach((height, at) => { x.push(edges[at], edges[at + 1]); y.push(height, height); });
  return { x, y };
}

function showPosterior(posterior, parameters) {
  const place = section("posterior", "Posterior", posterior.words);
  if (posterior.warnings.length) place.append(element("div", { class: "note" }, "Not to be relied on yet:", element("ul", {}, ...posterior.warnings.map((text) => element("li", {}, text)))));
  if (!posterior.warnings.length) place.append(element("p", {}, "Nothing speaks against these draws: the chains agree, enough of them are independent, and no path diverged."));
  place.append(factsTable(posterior.rows, ["quantity", "median", "95 % of the posterior", "95 % interval of the fit", "width, of the prior's", "scale reduction", "independent draws: middle, tails"]));
  place.append(element("p", { class: "quiet" }, "Blue: the draws; grey: the prior, both per share of the way between the bounds. The band is the interval of the fit, the line its estimate."));
  const grid = element("div", { class: "grid" });
  place.append(grid);
  const compact = { showlegend: false, margin: { l: 55, r: 15, t: 10, b: 60 } };
  posterior.marginals.forEach((one, at) => {
    const plot = plotPlace("marginal-" + at, 270), parameter = parameters[at];
    grid.append(plot);
    whenSeen(plot, () => {
      const traces = [
        { ...steps(one.edges, one.prior), mode: "lines", line: { color: "#999", width: 1.5 }, hovertemplate: "prior %{y:.3g} at %{x:.4g}<extra></extra>" },
        { ...steps(one.edges, one.density), mode: "lines", fill: "tozeroy", line: { color: PALETTE[0], width: 1.5 }, hovertemplate: "posterior %{y:.3g} at %{x:.4g}<extra></extra>" },
      ];
      const shapes = [
        { type: "rect", xref: "x", yref: "paper", x0: parameter.low, x1: parameter.high, y0: 0, y1: 1, fillcolor: "#e69f00", opacity: 0.12, line: { width: 0 }, layer: "below" },
        { type: "line", yref: "paper", y0: 0, y1: 1, x0: parameter.value, x1: parameter.value, line: { color: "#222", width: 1 } },
      ];
      const along = posteriorAxis(parameter, one.edges), ends = [one.edges[0], one.edges[one.edges.length - 1]];
      along.range = along.type === "log" ? ends.map(Math.log10) : ends;
      react(plot, traces, layout({ xaxis: along, yaxis: axis("density", { rangemode: "tozero" }), shapes, ...compact }, 270));
    });
  });
  if (!posterior.pairs.length) return;
  place.append(element("p", { class: "quiet" }, "The pairs that hang together most; r is the correlation as the fit moves, red crosses are paths that diverged."));
  const pairs = element("div", { class: "grid" });
  place.append(pairs);
  posterior.pairs.forEach(([first, second, r], at) => {
    const plot = plotPlace("pair-" + at, 330);
    pairs.append(plot);
    whenSeen(plot, () => {
      const columns = [first, second].map((one) => unpack(posterior.draws[one]));
      const trace = (astray, marker) => {
        const chosen = [...posterior.divergent.keys()].filter((draw) => Boolean(posterior.divergent[draw]) === astray);
        const [x, y] = columns.map((column) => chosen.map((draw) => column[draw]));
        return { x, y, mode: "markers", marker, hovertemplate: "%{x:.4g}, %{y:.4g}<extra></extra>" };
      };
      const traces = [trace(false, { size: 3.5, color: PALETTE[0], opacity: 0.35 }), trace(true, { size: 7, symbol: "x", color: PALETTE[1] })];
      const axes = { xaxis: posteriorAxis(parameters[first], columns[0]), yaxis: posteriorAxis(parameters[second], columns[1]) };
      const annotations = [{ text: "r = " + coefficient(r), xref: "paper", yref: "paper", x: 1, y: 1.06, xanchor: "right", showarrow: false }];
      react(plot, traces, layout({ ...axes, annotations, ...compact, margin: { l: 75, r: 15, t: 28, b: 60 } }, 330));
    });
  });
}
