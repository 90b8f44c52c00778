/* The same works without WebGL, from GeoJSON of what is in view: the symbols, flags and counts of app/maps/style.py. */

import { absolute, drawn, element, sorted, symbolPicture, words } from "./map_layer.js";

const GROUND = {
  land: { stroke: true, color: "#c3ccce", weight: 1, fillColor: "#eeede7", fillOpacity: 1, interactive: false },
  region: { color: "#9d968a", weight: 1, fillColor: "#fdfcf9", fillOpacity: 1, interactive: false },
  shade: { stroke: true, color: "#ffffff", weight: 0.8, fillOpacity: 0.85, interactive: false },
};
const FLAGS = [null, "#c77700", "#b3261e"];
const FILLS = { running: "half", done: "full", cancelled: "crossed" };
const INSIDE = { running: 0.12, done: 0.2 };
const RADII = [[1, 5], [5, 9], [15, 15], [40, 22], [120, 29]];
const SIGN_ZOOM = 14;

const language = document.documentElement.lang;
const ROOM_FOR_A_NUMBER = 9;

/** How wide a crowd is drawn, by the root of its works. */
function radius(works) {
  const root = Math.sqrt(works);
  const after = RADII.findIndex(([from]) => from > root);
  if (after <= 0) return after ? RADII.at(-1)[1] : RADII[0][1];
  const [[from, least], [until, most]] = RADII.slice(after - 1, after + 1);
  return least + ((root - from) / (until - from)) * (most - least);
}

const pictures = new Map();
function picture(colour, fill) {
  const key = `${colour}-${fill}`;
  if (!pictures.has(key)) pictures.set(key, symbolPicture({ colour, fill }));
  return pictures.get(key);
}

/** A point as its symbol: family by colour, stage by fill, the flag as a ring, near the ground its sign beside it. */
const Sign = L.CircleMarker.extend({
  _updatePath() {
    const pen = this._renderer._ctx;
    if (!this._renderer._drawing || this._empty()) return;
    const { colour, fill, flag, sign, side } = this.options;
    const { x, y } = this._point;
    pen.drawImage(picture(colour, fill), x - side / 2, y - side / 2, side, side);
    if (FLAGS[flag]) {
      pen.beginPath();
      pen.arc(x, y, side * 0.52, 0, 2 * Math.PI);
      pen.lineWidth = 2.5; pen.strokeStyle = FLAGS[flag]; pen.stroke();
    }
    if (!sign) return;
    pen.font = "12px 'Source Sans 3', sans-serif"; pen.textBaseline = "middle";
    pen.lineWidth = 3; pen.strokeStyle = "#fdfcf9"; pen.strokeText(sign, x + side * 0.62, y);
    pen.fillStyle = "#1b2430"; pen.fillText(sign, x + side * 0.62, y);
  },
});

export class Plain {
  constructor(map, layer) { Object.assign(this, { map, description: layer, plain: true, found: [] }); }

  add() {
    this.map.getContainer().style.background = "#dbe7ec";
    this.renderer = L.canvas({ padding: 0.2 });
    this.ground = L.layerGroup().addTo(this.map);
    this.works = L.layerGroup().addTo(this.map);
    this.map.createPane("counts").style.zIndex = 440;
    this.map.getPane("counts").style.pointerEvents = "none";
    this.note();
    this.settled = this.refresh();
    this.map.on("moveend", () => this.refresh());
    return this;
  }

  note() {
    const control = L.control({ position: "topleft" });
    this.said = element("p", { class: "map-note", role: "status" }, words.plain ?? "");
    control.onAdd = () => this.said;
    control.addTo(this.map);
  }

  async refresh() {
    this.asked?.abort();
    this.asked = new AbortController();
    const box = this.map.getBounds().pad(0.1).toBBoxString();
    const address = new URL(absolute(this.description.plain ?? ""));
    address.searchParams.set("box", box);
    address.searchParams.set("zoom", this.map.getZoom());
    try {
      const land = this.land ?? (await this.json(this.description.style.sources.land?.data));
      const seen = this.description.plain ? await this.json(address.href) : { features: [] };
      this.draw(land, seen);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  async json(address) {
    if (!address) return null;
    const answer = await fetch(absolute(address), { signal: this.asked.signal });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }

  draw(land, seen) {
    if (land && !this.land) L.geoJSON(land, { renderer: this.renderer, style: GROUND.land }).addTo(this.map).bringToBack();
    this.land = land;
    this.ground.clearLayers();
    this.works.clearLayers();
    this.found = [];
    for (const one of seen.features) this.one(one);
    drawn(this.map);
    this.said.textContent = seen.capped ? words.capped.replace("{n}", seen.capped.toLocaleString(language)) : words.plain;
  }

  one(feature) {
    const { kind, colour, approximate } = feature.properties;
    if (kind === "region") {
      this.put(this.ground, feature, { ...GROUND.region, ...(approximate ? { dashArray: "6 5" } : {}) });
      return;
    }
    this.found.push(feature);
    if (kind === "shade") this.put(this.ground, feature, { ...GROUND.shade, fillColor: colour });
    else if (kind === "crowd") this.crowd(feature);
    else this.work(feature);
  }

  put(group, feature, style) {
    group.addLayer(L.geoJSON(feature, { style: { renderer: this.renderer, interactive: false, ...style }, renderer: this.renderer }));
  }

  /** How many works stand around here, ringed by what waits for a verdict among them. */
  crowd({ geometry, properties: { works, flag = 0 } }) {
    const [lng, lat] = geometry.coordinates;
    const wide = Math.max(radius(works), works > 1 ? ROOM_FOR_A_NUMBER : 0);
    this.works.addLayer(L.circleMarker([lat, lng], {
      renderer: this.renderer, interactive: false, radius: wide, color: FLAGS[flag] ?? "#ffffff", weight: flag ? 2.5 : 1.75,
      fillColor: "#46627a", fillOpacity: 0.82,
    }));
    if (works < 2) return;
    const icon = L.divIcon({ className: "map-count", html: element("span", {}, works.toLocaleString(language)), iconSize: [0, 0] });
    this.works.addLayer(L.marker([lat, lng], { icon, pane: "counts", interactive: false, keyboard: false }));
  }

  work(feature) {
    const { colour = "#46627a", stage, flag = 0, sign = "" } = feature.properties;
    const { type, coordinates } = feature.geometry;
    if (type === "Point") {
      const zoom = this.map.getZoom();
      const side = 20 * Math.min(1.15, Math.max(0.72, 0.72 + (zoom - 12) * 0.1));
      this.works.addLayer(new Sign([coordinates[1], coordinates[0]], {
        renderer: this.renderer, interactive: false, radius: side * 0.6, colour, fill: FILLS[stage] ?? "hollow", flag, side,
        sign: zoom >= SIGN_ZOOM ? sign : "",
      }));
      return;
    }
    const area = type.endsWith("Polygon");
    const steps = area
      ? [flag && { color: FLAGS[flag], weight: 6, fill: false }, { color: colour, weight: 2, fillColor: colour, fillOpacity: INSIDE[stage] ?? 0.04 }]
      : [flag && { color: FLAGS[flag], weight: 9 }, { color: "#ffffff", weight: 6, opacity: 0.85 }, { color: colour, weight: 4 },
        stage !== "done" && { color: "#ffffff", weight: 1.8, ...(stage === "running" ? { dashArray: "7 9" } : {}) }];
    for (const style of steps.filter(Boolean)) this.put(this.works, feature, style);
  }

  pick(latlng, reach = 9) {
    const at = this.map.latLngToContainerPoint(latlng);
    const near = this.found.filter(({ geometry, properties }) => {
      if (properties.kind === "shade") return holds(geometry, latlng);
      const lines = geometry.type === "Point" ? [[geometry.coordinates]] : rings(geometry);
      const wide = properties.kind === "crowd" ? Math.max(reach, radius(properties.works)) : reach;
      return lines.some((line) => touches(line.map(([lng, lat]) => this.map.latLngToContainerPoint([lat, lng])), at, wide));
    });
    return sorted(near.map(({ properties, geometry }) => (
      { ...properties, geometry, layer: { crowd: "crowds", shade: "shades" }[properties.kind] ?? "points" })));
  }

  reload(_, plain) { this.description.plain = plain; this.refresh(); }
}

function rings({ type, coordinates }) {
  if (type === "LineString") return [coordinates];
  if (type === "Polygon" || type === "MultiLineString") return coordinates;
  return type === "MultiPolygon" ? coordinates.flat() : [];
}

function holds(geometry, { lng, lat }) {
  let inside = false;
  for (const ring of rings(geometry)) {
    ring.forEach(([x, y], index) => {
      const [px, py] = ring.at(index - 1);
      if ((y > lat) !== (py > lat) && lng < ((px - x) * (lat - y)) / (py - y) + x) inside = !inside;
    });
  }
  return inside;
}

function touches(points, at, reach) {
  if (points.length === 1) return points[0].distanceTo(at) <= reach;
  return points.slice(1).some((end, index) => L.LineUtil.pointToSegmentDistance(at, points[index], end) <= reach);
}
