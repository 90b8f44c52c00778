/* The tools of the map page: select an area or a box, measure, share and print this view. */

import { words } from "./map_layer.js";

const EARTH_M = 6371008.8;
const LINE = { color: "#0b6562", weight: 3, dashArray: "6 5", interactive: false };
const AREA = { color: "#0b6562", weight: 2.5, fillColor: "#0b6562", fillOpacity: 0.08, interactive: false };

const radians = (degrees) => (degrees * Math.PI) / 180;
const number = (x, digits) => x.toLocaleString(document.documentElement.lang, { maximumFractionDigits: digits });
export const length = (x_m) => (x_m < 1000 ? `${number(x_m, x_m < 10 ? 1 : 0)} m` : `${number(x_m / 1000, 2)} km`);
export const surface = (x_m2) => (x_m2 < 10_000 ? `${number(x_m2, 0)} m²` : x_m2 < 1e6 ? `${number(x_m2 / 1e4, 2)} ha` : `${number(x_m2 / 1e6, 2)} km²`);

/** Square metres within corners on the sphere of the earth's mean radius: good to half a per cent. */
export function surfaceOf(corners) {
  let twice = 0;
  corners.forEach((one, index) => {
    const next = corners[(index + 1) % corners.length];
    twice += radians(next.lng - one.lng) * (2 + Math.sin(radians(one.lat)) + Math.sin(radians(next.lat)));
  });
  return Math.abs((twice * EARTH_M * EARTH_M) / 2);
}

function crosses(corners) {
  const side = (a, b, c) => Math.sign((b.lng - a.lng) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lng - a.lng));
  const n = corners.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 2; j < n; j += 1) {
      if (i === 0 && j === n - 1) continue;
      const [a, b, c, d] = [corners[i], corners[(i + 1) % n], corners[j], corners[(j + 1) % n]];
      if (side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b)) return true;
    }
  }
  return false;
}

const wkt = (corners) => `POLYGON ((${[...corners, corners[0]].map(({ lng, lat }) => `${lng.toFixed(6)} ${lat.toFixed(6)}`).join(", ")}))`;

/** What one draws with taps on the map; `sketching` is true while taps belong to it and not to the works. */
export class Sketch {
  constructor(map, panel, finished) {
    Object.assign(this, { map, panel, finished, tool: null, corners: [] });
    this.drawn = L.layerGroup().addTo(map);
    map.on("click", ({ latlng }) => this.tool && this.add(latlng));
    map.on("mousemove", ({ latlng }) => this.tool && this.corners.length && this.draw(latlng));
    panel.querySelector("[data-finish]").addEventListener("click", () => this.finish());
    panel.querySelector("[data-undo]").addEventListener("click", () => { this.corners.pop(); this.draw(); });
    panel.querySelector("[data-cancel]").addEventListener("click", () => this.stop());
    L.DomEvent.disableClickPropagation(panel);
  }

  get sketching() { return Boolean(this.tool); }

  begin(tool) {
    this.stop();
    this.tool = tool;
    this.map.doubleClickZoom.disable();
    this.map.getContainer().classList.add("map-sketching");
    this.panel.hidden = false;
    this.draw();
  }

  stop() {
    this.tool = null;
    this.corners = [];
    this.drawn.clearLayers();
    this.panel.hidden = true;
    this.map.getContainer().classList.remove("map-sketching");
    this.map.doubleClickZoom.enable();
    this.finished(null);
  }

  add(latlng) {
    const near = (one) => this.map.latLngToContainerPoint(one).distanceTo(this.map.latLngToContainerPoint(latlng)) < 12;
    if (this.tool === "area" && this.corners.length > 2 && near(this.corners[0])) { this.finish(); return; }
    this.corners.push(latlng);
    if (this.tool === "box" && this.corners.length === 2) { this.finish(); return; }
    this.draw();
  }

  shape(corners) {
    if (this.tool !== "box" || corners.length < 2) return corners;
    const box = L.latLngBounds(corners);
    return [box.getSouthWest(), box.getSouthEast(), box.getNorthEast(), box.getNorthWest()];
  }

  finish() {
    const corners = this.shape(this.corners);
    if (this.tool === "measure") { this.draw(); return; }
    if (corners.length < 3 || crosses(corners) || surfaceOf(corners) < 1) { this.draw(); return; }
    const said = wkt(corners);
    this.stop();
    this.finished(said);
  }

  draw(towards) {
    const corners = this.shape(towards && this.tool !== "measure" ? [...this.corners, towards] : this.corners);
    this.drawn.clearLayers();
    if (corners.length > 1) this.drawn.addLayer(this.tool === "measure" ? L.polyline(corners, LINE) : L.polygon(corners, { ...AREA, dashArray: "6 5" }));
    if (this.tool === "measure" && corners.length > 2) this.drawn.addLayer(L.polygon(corners, { ...AREA, stroke: false }));
    for (const one of this.corners) this.drawn.addLayer(L.circleMarker(one, { radius: 5, color: "#0b6562", weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false }));
    this.say(corners);
  }

  say(corners) {
    const bad = this.tool === "area" && corners.length > 3 && crosses(corners);
    const far = corners.slice(1).reduce((sum, one, index) => sum + this.map.distance(corners[index], one), 0);
    const parts = [];
    if (this.tool === "measure" && corners.length > 1) parts.push(words.length.replace("{a}", length(far)));
    if (corners.length > 2) parts.push(words.surface.replace("{a}", surface(surfaceOf(corners))));
    this.panel.querySelector("p").textContent = bad ? words.crosses : parts.join(", ") || (this.tool === "box" ? words.opposite : words.corner);
    this.panel.querySelector("[data-finish]").hidden = this.tool !== "area" || corners.length < 3 || bad;
    this.panel.querySelector("[data-undo]").disabled = this.corners.length === 0;
  }
}

/** The toolbar of the page; answers the sketch. `hash` says where the map stands. */
export function tools(map, page, hash) {
  const bar = page.querySelector(".map-tools");
  const query = (more) => {
    const asked = new URLSearchParams(page.dataset.query);
    for (const [name, value] of Object.entries(more)) asked.set(name, value);
    return asked.toString();
  };
  const sketch = new Sketch(map, page.querySelector(".map-sketch"), (area) => {
    for (const button of bar.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", "false");
    if (area) location.assign(`${location.pathname}?${query({ area })}${hash()}`);
  });
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (!button) return;
    if (sketch.tool === button.dataset.tool) { sketch.stop(); return; }
    sketch.begin(button.dataset.tool);
    button.setAttribute("aria-pressed", "true");
  });
  bar.addEventListener("click", (event) => {
    const share = event.target.closest("[data-share]");
    if (share) share.dataset.copy = location.href;
    const print = event.target.closest("a[data-print]");
    if (print) print.href = `${page.dataset.print}?${query({ at: hash().slice(1) })}`;
  }, true);
  L.DomEvent.disableClickPropagation(bar);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && sketch.sketching) sketch.stop(); });
  return sketch;
}

/** The selected area, as it stands in the address. */
export function showArea(map, page) {
  if (!page.dataset.area) return null;
  return L.geoJSON(JSON.parse(page.dataset.area), { style: AREA }).addTo(map);
}
