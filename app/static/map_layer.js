/* Brings our vector tiles into the Leaflet map that folium wrote; without WebGL map_plain.js draws them.
   Text that people typed is only ever written with textContent. */

const here = new URL(".", import.meta.url);
export const absolute = (address) => (address.startsWith("/") ? location.origin + address : address);

export const words = JSON.parse(document.getElementById("map-words")?.textContent ?? "{}");

/** The first of `children` may be an object of attributes; strings become text nodes. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A part of a page that our server rendered and escaped, as nodes. */
export async function fragment(address, signal) {
  const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, signal });
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...parsed.body.childNodes];
}

function webgl() {
  if (new URLSearchParams(location.search).has("plain")) return false;
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

function script(address) {
  return new Promise((resolve, reject) => {
    const made = element("script", { src: address });
    made.addEventListener("load", resolve);
    made.addEventListener("error", () => reject(new Error(address)));
    document.head.append(made);
  });
}

async function maplibre() {
  if (!window.L.maplibreGL) {
    window.maplibregl = await import(new URL("vendor/maplibre-gl/dist/maplibre-gl.mjs", here).href);
    await script(new URL("vendor/maplibre-gl-leaflet/leaflet-maplibre-gl.js", here).href);
  }
  await document.fonts?.load('500 14px "Source Sans 3"').catch(() => {});
}

/** One symbol: family by colour, stage by fill, both readable without colour thanks to the dark edge. */
export function symbolPicture({ colour, fill }, side = 20, ratio = 2) {
  const canvas = element("canvas", { width: side * ratio, height: side * ratio });
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const middle = side / 2, radius = side * 0.31;
  const circle = (r, from = 0, to = 2 * Math.PI) => { pen.beginPath(); pen.arc(middle, middle, r, from, to); };
  circle(radius + 2.2); pen.fillStyle = "rgba(255,255,255,.92)"; pen.fill();
  if (fill === "full") { circle(radius); pen.fillStyle = colour; pen.fill(); }
  if (fill === "half") { circle(radius, 0, Math.PI); pen.fillStyle = colour; pen.fill(); }
  circle(radius); pen.lineWidth = 2.2; pen.strokeStyle = colour; pen.stroke();
  circle(radius + 1.3); pen.lineWidth = 0.7; pen.strokeStyle = "rgba(27,36,48,.55)"; pen.stroke();
  if (fill === "crossed") {
    const reach = radius * 0.6;
    pen.beginPath();
    pen.moveTo(middle - reach, middle - reach); pen.lineTo(middle + reach, middle + reach);
    pen.moveTo(middle + reach, middle - reach); pen.lineTo(middle - reach, middle + reach);
    pen.lineWidth = 1.8; pen.strokeStyle = colour; pen.stroke();
  }
  return canvas;
}

function paintSymbol(symbol) {
  const canvas = symbolPicture(symbol);
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
}

/** The picture of the page itself (app/maps/first_view.py) stands where the map will show the same, until it does. */
function firstView(map) {
  const picture = map.getContainer().parentElement.querySelector(".map-first");
  if (!picture) return;
  const [west, south, east, north] = picture.dataset.box.split(",").map(Number);
  const { width, height } = picture.viewBox.baseVal, { clientWidth, clientHeight } = picture.parentElement;
  const fit = Math.min(clientWidth / width, clientHeight / height); // as the page has laid it into the middle
  const place = () => { // by a transform: nothing is laid out anew
    const from = map.latLngToContainerPoint([north, west]), to = map.latLngToContainerPoint([south, east]);
    const times = (to.x - from.x) / (width * fit);
    const x = from.x - (times * (clientWidth - width * fit)) / 2, y = from.y - (times * (clientHeight - height * fit)) / 2;
    picture.style.transform = `translate(${x}px, ${y}px) scale(${times})`;
  };
  place();
  map.on("move zoom", place);
  map.once("works-drawn", () => { map.off("move zoom", place); picture.remove(); });
}
/** The works of a map are seen for the first time. */
export function drawn(map) {
  if (!performance.getEntriesByName("map-works").length) performance.mark("map-works");
  map.fire("works-drawn");
}

const PICKED = ["points", "lines", "areas", "line-edges", "crowds", "pairs", "shades"];

class Tiles {
  constructor(map, layer) { Object.assign(this, { map, description: layer, plain: false }); }

  add() {
    const style = structuredClone(this.description.style);
    for (const source of Object.values(style.sources)) {
      if (source.tiles) source.tiles = source.tiles.map(absolute);
      if (source.data) source.data = absolute(source.data);
    }
    if (!this.map.getPane("works")) this.map.createPane("works").style.zIndex = 250;
    this.layer = L.maplibreGL({
      style, pane: "works", fadeDuration: 120, localIdeographFontFamily: false, padding: 0.15,
      zoomLevelsToOverscale: undefined, // else one tile is asked for once for each part of it that is drawn
    });
    this.layer.addTo(this.map);
    this.gl = this.layer.getMaplibreMap();
    const symbols = new Map(this.description.symbols.map((symbol) => [symbol.name, symbol]));
    const paint = (id) => {
      if (symbols.has(id) && !this.gl.hasImage(id)) this.gl.addImage(id, paintSymbol(symbols.get(id)), { pixelRatio: 2 });
    };
    this.gl.on("style.load", () => symbols.forEach((_, id) => paint(id)));
    this.gl.on("styleimagemissing", ({ id }) => paint(id));
    this.settled = new Promise((resolve) => this.gl.once("idle", resolve));
    const seen = () => {
      const layers = ["crowds", "points", "lines", "areas"].filter((name) => this.gl.getLayer(name));
      if (!this.gl.queryRenderedFeatures({ layers }).length) return;
      drawn(this.map);
      this.gl.off("render", seen);
    };
    if (style.sources.works) this.gl.on("render", seen);
    this.settled.then(() => drawn(this.map)); // also where there is nothing to be seen
    return this;
  }

  /** What stands within `reach` pixels of a place, nearest layer first, each work once. */
  pick(latlng, reach = 7) {
    if (!this.gl?.isStyleLoaded()) return { works: [] };
    const at = this.gl.project([latlng.lng, latlng.lat]);
    const layers = PICKED.filter((name) => this.gl.getLayer(name));
    const found = this.gl.queryRenderedFeatures(
      [[at.x - reach, at.y - reach], [at.x + reach, at.y + reach]], { layers });
    return sorted(found.map((one) => ({ layer: one.layer.id, ...one.properties, geometry: one.geometry })));
  }

  reload(address) {
    this.gl.getSource("works")?.setTiles([absolute(address)]);
  }
}

/** What was picked, by what it is; each work once. */
export function sorted(found) {
  const works = new Map();
  for (const one of found) if (one.project && !works.has(one.project)) works.set(one.project, one);
  return {
    works: [...works.values()],
    crowd: found.find((one) => one.layer === "crowds"),
    pair: found.find((one) => one.layer === "pairs"),
    region: found.find((one) => one.layer === "shades"),
  };
}

/** Rings and thick lines over whatever is hovered or chosen; they do not depend on how the works are drawn. */
export class Halo {
  constructor(map) {
    this.map = map;
    map.createPane("halo").style.zIndex = 450;
    map.getPane("halo").style.pointerEvents = "none";
    this.layers = { hover: L.layerGroup().addTo(map), chosen: L.layerGroup().addTo(map) };
  }

  show(which, geometry, accuracy_m) {
    const group = this.layers[which].clearLayers();
    if (!geometry) return;
    const common = { pane: "halo", interactive: false, color: "#0b6562" };
    const strong = which === "chosen";
    const point = geometry.type.endsWith("Point");
    for (const [weight, opacity] of point ? [[strong ? 8 : 6, 0.25], [strong ? 3.5 : 2.5, 0.95]] : [[strong ? 18 : 13, 0.28], [strong ? 7 : 5, 0.9]]) {
      const style = { ...common, weight, opacity, fill: false };
      group.addLayer(L.geoJSON(geometry, { style, pointToLayer: (_, latlng) => L.circleMarker(latlng, { ...style, radius: strong ? 13 : 11 }) }));
    }
    if (accuracy_m && geometry.type === "Point") {
      const [lng, lat] = geometry.coordinates;
      group.addLayer(L.circle([lat, lng], { ...common, radius: accuracy_m, weight: 1, fillOpacity: 0.1 }));
    }
  }
}

const ROLE = {
  left: { color: "#0072b2", weight: 5 }, right: { color: "#c77700", weight: 5, dashArray: "10 6" },
  overlap: { color: "#b3261e", weight: 9, opacity: 0.35 }, work: { color: "#566270", weight: 4 },
  proposal: { color: "#0b6562", weight: 5 }, before: { color: "#838f9a", weight: 2, dashArray: "3 4" },
  region: { color: "#9d968a", weight: 1, dashArray: "6 5", fill: false },
};

/** Known shapes of one page (app/maps/drawn.py). Returns the layers by the work they belong to. */
export function drawKnown(map, collection) {
  const byWork = new Map();
  const everything = L.featureGroup();
  for (const feature of collection.features) {
    const { role, work, accuracy_m, colour } = feature.properties;
    const style = { fillOpacity: 0.15, ...ROLE[role], ...(colour ? { color: colour } : {}), interactive: Boolean(work) };
    const layer = L.geoJSON(feature, {
      style,
      pointToLayer: (_, latlng) => L.circleMarker(latlng, { ...style, weight: 2.5, radius: 7, fillColor: "#ffffff", fillOpacity: 0.9 }),
    });
    if (accuracy_m && feature.geometry.type === "Point") {
      const [lng, lat] = feature.geometry.coordinates;
      everything.addLayer(L.circle([lat, lng], { ...style, weight: 1, fillOpacity: 0.08, interactive: false, radius: accuracy_m }));
    }
    everything.addLayer(layer);
    if (work) byWork.set(work, [...(byWork.get(work) ?? []), layer]);
  }
  everything.addTo(map);
  if (collection.fit && everything.getLayers().length) map.fitBounds(everything.getBounds().pad(0.35), { maxZoom: 18 });
  return byWork;
}

async function plainly(map, layer) {
  const { Plain } = await import("./map_plain.js"); // only the few who need it fetch it
  return new Plain(map, layer).add();
}

/** Start every map of the page once, at `view` ({zoom, at}) where one is asked for; resolves to
    `{map, tiles, halo, known}` by the id of its element. */
export async function start(view = null) {
  const started = new Map();
  const asked = window.pantauMaps ?? [];
  for (const { map, layer } of asked) {
    controls(map, layer);
    settle(map, layer, view);
    firstView(map);
  }
  const able = asked.length > 0 && webgl() && (await maplibre().then(() => true, () => false));
  for (const { map, layer } of asked) {
    let tiles;
    try {
      tiles = able ? new Tiles(map, layer).add() : await plainly(map, layer);
    } catch {
      tiles = await plainly(map, layer);
    }
    started.set(map.getContainer().id, { map, tiles, halo: new Halo(map), known: new Map() });
  }
  for (const { map, drawn: known } of window.pantauDrawn ?? []) {
    const entry = started.get(map.getContainer().id) ?? { map, halo: new Halo(map) };
    entry.known = drawKnown(map, known);
    started.set(map.getContainer().id, entry);
  }
  document.documentElement.dataset.maps = "ready";
  return started;
}

/** The element may get its size after folium's script ran; the view is fitted to the size it really has. */
function settle(map, layer, view) {
  map.invalidateSize({ pan: false, animate: false });
  if (view) map.setView(view.at, view.zoom, { animate: false });
  else if (layer.bounds) {
    const [west, south, east, north] = layer.bounds;
    map.fitBounds([[south, west], [north, east]], { animate: false });
  }
  new ResizeObserver(() => map.invalidateSize({ pan: false, animate: false })).observe(map.getContainer());
}

function controls(map, layer) {
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
  L.control.zoom({ position: "topright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  const attribution = L.control.attribution({ position: "bottomright", prefix: false }).addTo(map);
  for (const sentence of layer.attribution) attribution.addAttribution(escaped(sentence));
  map.getContainer().setAttribute("role", "application");
  map.getContainer().setAttribute("aria-label", words.map ?? "");
}

function escaped(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span.innerHTML;
}
