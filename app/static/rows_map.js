/* The rows of an upload on a map beside their problems: symbols small and told apart by shape, a click on a problem
   flies to its row, and a ghost arrow runs from what was typed to what is suggested. Names are written as text only. */
import { start, words } from "./map_layer.js";

const frame = document.querySelector(".rows-map");
const said = document.querySelector(".rows-said");
const { map } = (await start()).get("map_upload");
const number = (n) => n.toLocaleString(document.documentElement.lang);
const phone = matchMedia("(max-width: 1080px)");

const TEAL = "#0b6562", AMBER = "#a35f00", GREY = "#6b7680";
const LOOK = {
  ready: { color: "#ffffff", weight: 1, radius: 5, fillColor: TEAL, fillOpacity: 0.95 },
  noted: { color: AMBER, weight: 2.5, radius: 5.5, fillColor: "#ffffff", fillOpacity: 1 },
  waiting: { color: AMBER, weight: 2, radius: 7, dashArray: "3 3", fillColor: "#fdf1d9", fillOpacity: 1 },
  faulty: { color: GREY, weight: 2, radius: 6, dashArray: "2 3", fillColor: "#ffffff", fillOpacity: 0.7 },
};
map.createPane("rows").style.zIndex = 460;
map.createPane("arrows").style.zIndex = 455;
const renderer = L.canvas({ pane: "rows", padding: 0.3 });
const arrows = L.canvas({ pane: "arrows", padding: 1 });
const known = new Map();
const chosen = L.layerGroup().addTo(map);
const at = ([lon, lat]) => L.latLng(lat, lon);

function tip(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

/** A dashed line with an open head. From afar only its last part is seen, and the sentence below says how far. */
function arrow(from, to, strong) {
  const style = { renderer: arrows, pane: "arrows", color: strong ? AMBER : GREY, weight: strong ? 3 : 1.5, opacity: strong ? 0.95 : 0.55, dashArray: "6 5", interactive: false };
  const group = [L.polyline([from, to], style)];
  const a = map.project(from, 18), b = map.project(to, 18), length = a.distanceTo(b);
  if (strong && length > 0) {
    const size = Math.min(16 * 2 ** (18 - map.getZoom()), length / 2), ux = (a.x - b.x) / length, uy = (a.y - b.y) / length;
    const side = (turn) => map.unproject(L.point(b.x + size * (ux - turn * uy * 0.6), b.y + size * (uy + turn * ux * 0.6)), 18);
    group.push(L.polyline([side(1), to, side(-1)], { ...style, dashArray: null }));
  }
  if (strong) group.push(L.circleMarker(from, { renderer: arrows, pane: "arrows", color: GREY, weight: 2, radius: 6, fill: false, interactive: false }));
  return group;
}

function draw(feature) {
  const { row, state, name, rows, from, to } = feature.properties;
  if (rows) {
    const crowd = L.circleMarker(at(feature.geometry.coordinates), { renderer, pane: "rows", color: "#ffffff", weight: 1, fillColor: TEAL, fillOpacity: 0.45, radius: Math.min(22, 4 + 2 * Math.log2(rows)) });
    crowd.bindTooltip(tip(words.crowd.replace("{n}", number(rows))), { className: "row-tip" }).addTo(map);
    return;
  }
  const style = { ...LOOK[state], renderer, pane: "rows" };
  const layer = L.geoJSON(feature, {
    style: ({ geometry }) => (geometry.type === "Point" ? style : { ...style, weight: 4, color: state === "ready" ? TEAL : style.color, fillOpacity: 0.2 }),
    pointToLayer: (_, latlng) => L.circleMarker(latlng, style),
  });
  layer.bindTooltip(tip(`${words.row.replace("{n}", number(row))}${name ? ` · ${name}` : ""}`), { className: "row-tip" });
  layer.on("click", () => choose(row, { scroll: true }));
  if (from && ("before" in frame.dataset || map.distance(at(from), at(to)) < NEAR_M)) arrow(at(from), at(to), false).forEach((part) => part.addTo(map));
  layer.addTo(map);
  known.set(row, { layer, from, to });
}

/* The place that was typed may lie on another island: such an arrow is drawn for the chosen row alone, and in a preview. */
const NEAR_M = 30000;
const metres = (m) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: m < 1000 ? "meter" : "kilometer", maximumFractionDigits: 0 }).format(m < 1000 ? m : m / 1000);

function choose(row, { scroll = false } = {}) {
  document.querySelectorAll("tr.lit").forEach((one) => one.classList.remove("lit"));
  const lines = document.querySelectorAll(`tr[data-row="${row}"]`);
  lines.forEach((one) => one.classList.add("lit"));
  if (scroll && lines.length) lines[0].scrollIntoView({ block: "center", behavior: "smooth" });
  chosen.clearLayers();
  const one = known.get(row);
  if (!one) { said.textContent = words.nowhere.replace("{n}", number(row)); return; }
  const bounds = one.layer.getBounds();
  const away = one.from ? map.distance(at(one.from), at(one.to)) : 0;
  said.textContent = one.from ? words.far.replace("{m}", metres(away)) : "";
  map.stop();
  if (!scroll) {
    if (away && away < NEAR_M) map.fitBounds(bounds.extend(at(one.from)).pad(0.4), { maxZoom: 16 });
    else map.flyTo(bounds.getCenter(), Math.max(map.getZoom(), 15), { duration: 0.6 });
  }
  const mark = () => {
    chosen.clearLayers();
    if (one.from) arrow(at(one.from), at(one.to), true).forEach((part) => chosen.addLayer(part));
    chosen.addLayer(L.circleMarker(one.layer.getBounds().getCenter(), { pane: "rows", color: TEAL, weight: 3, radius: 13, fill: false, interactive: false }));
  };
  mark();
  map.off("zoomend", redraw);
  redraw = mark;
  map.on("zoomend", redraw);
}
let redraw = () => {};

document.addEventListener("click", (event) => {
  const line = event.target.closest(".problems tr[data-row]");
  if (!line || event.target.closest("form, details, a, summary") || (event.target.closest("button") && !event.target.closest("[data-fly]"))) return;
  if (phone.matches && event.target.closest("[data-fly]")) frame.scrollIntoView({ block: "start", behavior: "smooth" });
  if (!phone.matches || event.target.closest("[data-fly]")) choose(Number(line.dataset.row));
});

try {
  const answer = await fetch(frame.dataset.rows, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const { features, shown, total } = await answer.json();
  /* what waits for a person is drawn last, so it is never hidden below what is ready */
  const order = { ready: 0, noted: 1, faulty: 2, waiting: 3 };
  features.sort((a, b) => (order[a.properties.state] ?? -1) - (order[b.properties.state] ?? -1)).forEach(draw);
  said.textContent = total > shown ? words.some.replace("{n}", number(shown)).replace("{m}", number(total)) : words.all.replace("{n}", number(total));
} catch {
  said.textContent = words.lost;
}
document.documentElement.dataset.rows = "ready";
