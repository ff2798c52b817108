"use strict";
// Parallel coordinates on a canvas: no WebGL, which many machines of a laboratory lack, and ranges that filter the whole page.
const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
function viridis(share) {
  const at = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1), low = Math.min(Math.floor(at), VIRIDIS.length - 2);
  return VIRIDIS[low].map((one, i) => Math.round(one + (at - low) * (VIRIDIS[low + 1][i] - one)));
}

function niceTicks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((one) => one * power >= rough), ticks = [];
  for (let one = Math.ceil(low / step - 1e-9) * step; one <= high + 1e-9 * step; one += step) ticks.push(Math.abs(one) < step * 1e-9 ? 0 : one);
  return ticks;
}

// axes: [{ at, lines of text, log, low, high }], low and high as drawn; get(axis, row) as drawn
function parallelCoordinates(holder, axes, get, describe, brushed) {
  const HEIGHT = 460, TOP = 84, BOTTOM = 28, LEFT = 60, RIGHT = 120;
  const canvas = element("canvas", { id: "parallel-canvas", role: "img", "aria-label": "parallel coordinates of the carried candidates" });
  const tip = element("div", { class: "tip", hidden: true });
  holder.replaceChildren(canvas, tip);
  const brushes = new Map();
  let kept = [], all = [], colour = null, lit = -1, drag = null, width = 0;
  const xOf = (i) => LEFT + (i * (width - LEFT - RIGHT)) / Math.max(axes.length - 1, 1);
  const share = (one, value) => (one.high > one.low ? (value - one.low) / (one.high - one.low) : 0.5);
  const yOf = (one, value) => HEIGHT - BOTTOM - share(one, value) * (HEIGHT - TOP - BOTTOM);
  const valueAt = (one, y) => one.low + ((HEIGHT - BOTTOM - y) / (HEIGHT - TOP - BOTTOM)) * (one.high - one.low);

  function path(pen, row) {
    pen.beginPath();
    let down = false;
    axes.forEach((one, i) => {
      const value = get(one, row);
      if (!Number.isFinite(value)) { down = false; return; }
      if (down) pen.lineTo(xOf(i), yOf(one, value)); else pen.moveTo(xOf(i), yOf(one, value));
      down = true;
    });
    pen.stroke();
  }

  function draw() {
    width = Math.max(holder.clientWidth, 84 * axes.length + LEFT + RIGHT);
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio; canvas.height = HEIGHT * ratio;
    canvas.style.width = width + "px"; canvas.style.height = HEIGHT + "px";
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, width, HEIGHT);
    const inside = new Set(kept);
    pen.lineWidth = 1; pen.strokeStyle = "rgba(120,120,120,0.05)";
    if (kept.length < all.length) for (const row of all) if (!inside.has(row)) path(pen, row);
    const strength = Math.min(0.8, Math.max(0.12, 60 / Math.sqrt(kept.length + 1) / 10));
    for (const row of kept) {
      const value = get(colour, row);
      pen.strokeStyle = Number.isFinite(value) ? `rgba(${viridis(share(colour, value)).join(",")},${strength})` : "rgba(150,150,150,0.2)";
      path(pen, row);
    }
    if (lit >= 0) { pen.strokeStyle = "#d55e00"; pen.lineWidth = 2.5; path(pen, lit); }
    pen.lineWidth = 1;
    pen.font = "11.5px system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
    axes.forEach((one, i) => {
      const x = xOf(i);
      pen.strokeStyle = "#333"; pen.beginPath(); pen.moveTo(x, TOP); pen.lineTo(x, HEIGHT - BOTTOM); pen.stroke();
      pen.fillStyle = "#222"; pen.textAlign = "center"; pen.textBaseline = "alphabetic";
      one.lines.forEach((line, n) => pen.fillText(line, x, TOP - 10 - 13 * (one.lines.length - 1 - n)));
      pen.textAlign = "right"; pen.textBaseline = "middle";
      const ticks = one.log ? logTicks(10 ** one.low, 10 ** one.high).map((value) => [Math.log10(value), value]) : niceTicks(one.low, one.high, 6).map((value) => [value, value]);
      for (const [value, text] of ticks) {
        const y = yOf(one, value), label = one.log ? logText(text, 10 ** one.low, 10 ** one.high) : number(text, 3), wide = pen.measureText(label).width;
        pen.fillStyle = "rgba(255,255,255,0.75)"; pen.fillRect(x - 8 - wide, y - 6, wide + 3, 12);
        pen.fillStyle = "#222"; pen.fillText(label, x - 6, y);
        pen.beginPath(); pen.moveTo(x - 3, y); pen.lineTo(x, y); pen.stroke();
      }
      if (brushes.has(one.at)) {
        const [low, high] = brushes.get(one.at);
        pen.fillStyle = "rgba(0,114,178,0.3)"; pen.strokeStyle = "#0072b2";
        pen.fillRect(x - 6, yOf(one, high), 12, yOf(one, low) - yOf(one, high)); pen.strokeRect(x - 6, yOf(one, high), 12, yOf(one, low) - yOf(one, high));
      }
    });
    const x = width - 42, top = TOP + 20, tall = HEIGHT - BOTTOM - top;
    for (let n = 0; n < 100; n += 1) { pen.fillStyle = `rgb(${viridis(1 - n / 99).join(",")})`; pen.fillRect(x, top + (n * tall) / 100, 12, tall / 100 + 1); }
    pen.fillStyle = "#222"; pen.textAlign = "center";
    const end = (value) => number(colour.log ? 10 ** value : value, 3);
    pen.fillText(end(colour.high), x + 6, top - 9); pen.fillText(end(colour.low), x + 6, HEIGHT - BOTTOM + 12);
    pen.fillText("colour", x + 6, TOP - 10);
  }

  const nearestAxis = (x) => axes.findIndex((_, i) => Math.abs(xOf(i) - x) < 14);
  function nearestRow(x, y) {
    const i = axes.findIndex((_, n) => n + 1 < axes.length && xOf(n) <= x && x <= xOf(n + 1));
    if (i < 0) return -1;
    const part = (x - xOf(i)) / (xOf(i + 1) - xOf(i));
    let found = -1, best = 7;
    for (const row of kept) {
      const gap = Math.abs(yOf(axes[i], get(axes[i], row)) * (1 - part) + yOf(axes[i + 1], get(axes[i + 1], row)) * part - y);
      if (gap < best) { best = gap; found = row; }
    }
    return found;
  }
  canvas.addEventListener("pointerdown", (event) => {
    const i = nearestAxis(event.offsetX);
    if (i < 0) return;
    drag = { one: axes[i], from: event.offsetY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) {
      drag.moved = drag.moved || Math.abs(event.offsetY - drag.from) > 3;
      const ends = [valueAt(drag.one, drag.from), valueAt(drag.one, event.offsetY)].sort((a, b) => a - b);
      if (drag.moved) { brushes.set(drag.one.at, ends); draw(); }
      return;
    }
    canvas.style.cursor = nearestAxis(event.offsetX) >= 0 ? "ns-resize" : "default";
    const row = nearestRow(event.offsetX, event.offsetY);
    if (row !== lit) { lit = row; draw(); }
    tip.hidden = row < 0;
    if (row >= 0) {
      tip.textContent = describe(row);
      tip.style.left = Math.min(event.offsetX + 14, width - 260) + "px"; tip.style.top = Math.min(event.offsetY + 10, HEIGHT - 120) + "px";
    }
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; if (lit >= 0) { lit = -1; draw(); } });
  canvas.addEventListener("pointerup", () => {
    if (!drag) return;
    if (!drag.moved) brushes.delete(drag.one.at);
    brushed(drag.one, brushes.get(drag.one.at) ?? null);
    drag = null;
  });
  window.addEventListener("resize", draw);
  followPaper.push(draw);
  return {
    show(everything, chosen, by) { all = everything; kept = chosen; colour = by; lit = -1; draw(); },
    clear() { brushes.clear(); },
  };
}
