/* Cek usulan: a click or a drawn line becomes text in the form's own field; the server reads it and answers. */
import { start, words } from "./map_layer.js";

const at = document.getElementById("at");
const buttons = { point: document.getElementById("draw-point"), line: document.getElementById("draw-line") };
const back = document.getElementById("draw-back");
const says = document.getElementById("draw-says");
const { map } = (await start()).get("map_check");

const shape = '<svg viewBox="0 0 30 40" width="30" height="40"><path d="M15 38.500S28 25.500 28 14.500a13 13 0 1 0-26 0C2 25.500 15 38.500 15 38.500Z"/><circle cx="15" cy="14.500" r="5"/></svg>';
const pin = L.marker([0, 0], {
  icon: L.divIcon({ className: "pin", html: shape, iconSize: [30, 40], iconAnchor: [15, 39] }),
  draggable: true, autoPan: true, title: words.pin, alt: words.pin,
});
const line = L.polyline([], { color: "#0b6562", weight: 5, interactive: false }).addTo(map);
let mode = "point", vertices = [];

function choose(wanted) {
  mode = wanted;
  for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === wanted));
  if (wanted === "line") pin.remove();
  else clear();
  tell();
}

function tell() {
  back.hidden = mode !== "line" || !vertices.length;
  says.textContent = mode === "point" ? words.point
    : vertices.length < 2 ? words.line
      : words.long.replace("{n}", vertices.length).replace("{m}", length());
}

function length() {
  const m = vertices.slice(1).reduce((sum, { latlng }, k) => sum + map.distance(vertices[k].latlng, latlng), 0);
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: m < 1000 ? "meter" : "kilometer", maximumFractionDigits: m < 1000 ? 0 : 1,
  }).format(m < 1000 ? m : m / 1000);
}

function clear() {
  vertices.forEach(({ dot }) => dot.remove());
  vertices = [];
  line.setLatLngs([]);
}

function written() {
  const [first] = vertices;
  line.setLatLngs(vertices.map(({ latlng }) => latlng));
  at.value = vertices.length > 1
    ? `LINESTRING (${vertices.map(({ latlng }) => `${latlng.lng.toFixed(6)} ${latlng.lat.toFixed(6)}`).join(", ")})`
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
at.addEventListener("input", () => { pin.remove(); clear(); tell(); });
tell();
for (const button of Object.values(buttons)) button.disabled = false; // an earlier press would have been lost
