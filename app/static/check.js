/* Cek usulan: a click, a drawn line or area becomes text in the form's own field; the server reads it and answers. */
import { start, words } from "./map_layer.js";

const at = document.getElementById("at");
const buttons = { point: document.getElementById("draw-point"), line: document.getElementById("draw-line"), area: document.getElementById("draw-area") };
const back = document.getElementById("draw-back");
const says = document.getElementById("draw-says");
const { map } = (await start()).get("map_check");

const shape = '<svg viewBox="0 0 30 40" width="30" height="40"><path d="M15 38.500S28 25.500 28 14.500a13 13 0 1 0-26 0C2 25.500 15 38.500 15 38.500Z"/><circle cx="15" cy="14.500" r="5"/></svg>';
const pin = L.marker([0, 0], {
  icon: L.divIcon({ className: "pin", html: shape, iconSize: [30, 40], iconAnchor: [15, 39] }),
  draggable: true, autoPan: true, title: words.pin, alt: words.pin,
});
const line = L.polyline([], { color: "#0b6562", weight: 5, interactive: false }).addTo(map);
const area = L.polygon([], { color: "#0b6562", weight: 3, fillOpacity: 0.18, interactive: false }).addTo(map);
let mode = "point", vertices = [];

function choose(wanted) {
  mode = wanted;
  for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === wanted));
  if (wanted === "point") clear();
  else { pin.remove(); if (vertices.length) written(); } // what was drawn as a line may have been meant as an area
  tell();
}

function tell() {
  back.hidden = mode === "point" || !vertices.length;
  const few = vertices.length < (mode === "area" ? 3 : 2);
  says.textContent = mode === "point" || few ? words[mode]
    : mode === "line" ? words.long.replace("{n}", vertices.length).replace("{m}", length())
      : words.wide.replace("{n}", vertices.length).replace("{m}", size());
}

function length() {
  const m = vertices.slice(1).reduce((sum, { latlng }, k) => sum + map.distance(vertices[k].latlng, latlng), 0);
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: m < 1000 ? "meter" : "kilometer", maximumFractionDigits: m < 1000 ? 0 : 1,
  }).format(m < 1000 ? m : m / 1000);
}

/* Square metres of what is drawn: good to a part in a thousand in a village. */
function size() {
  const [first] = vertices, east = 111320 * Math.cos(first.latlng.lat * Math.PI / 180), north = 110574;
  const twice = vertices.reduce((sum, { latlng }, k) => {
    const next = vertices[(k + 1) % vertices.length].latlng;
    return sum + (latlng.lng - first.latlng.lng) * east * (next.lat - first.latlng.lat) * north
      - (next.lng - first.latlng.lng) * east * (latlng.lat - first.latlng.lat) * north;
  }, 0);
  return `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 0 }).format(Math.abs(twice) / 2)} m²`;
}

function clear() {
  vertices.forEach(({ dot }) => dot.remove());
  vertices = [];
  line.setLatLngs([]);
  area.setLatLngs([]);
}

function written() {
  const [first] = vertices;
  const places = vertices.map(({ latlng }) => latlng), closed = mode === "area" && places.length > 2;
  line.setLatLngs(closed ? [] : places);
  area.setLatLngs(closed ? places : []);
  const text = (those) => those.map(({ lng, lat }) => `${lng.toFixed(6)} ${lat.toFixed(6)}`).join(", ");
  at.value = closed ? `POLYGON ((${text([...places, places[0]])}))`
    : places.length > 1 ? `LINESTRING (${text(places)})`
      : first ? point(first.latlng) : "";
  tell();
}

const point = ({ lat, lng }) => `${lat.toFixed(6)}, ${lng.toFixed(6)}`;
pin.on("dragend", () => { at.value = point(pin.getLatLng()); });
map.on("click", ({ latlng }) => {
  if (mode === "point") {
    pin.setLatLng(latlng).addTo(map);
    at.value = point(latlng);
    return;
  }
  const dot = L.marker(latlng, { draggable: true, icon: L.divIcon({ className: "vertex", iconSize: [16, 16] }), title: words.vertex.replace("{n}", vertices.length + 1) }).addTo(map);
  const vertex = { latlng, dot };
  dot.on("drag", () => { vertex.latlng = dot.getLatLng(); written(); });
  vertices.push(vertex);
  written();
});
back.addEventListener("click", () => { vertices.pop()?.dot.remove(); written(); });
buttons.point.addEventListener("click", () => choose("point"));
buttons.line.addEventListener("click", () => choose("line"));
buttons.area.addEventListener("click", () => choose("area"));
at.addEventListener("input", () => { pin.remove(); clear(); tell(); });
tell();
for (const button of Object.values(buttons)) button.disabled = false; // an earlier press would have been lost
