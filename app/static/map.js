/* The page of the map: the list and the map are one thing. The filter is in the query, the view in the hash,
   the selection in `work`; Back brings all three again. */

import { element, fragment, start, words } from "./map_layer.js";
import { showArea, tools } from "./map_tools.js";

const page = document.querySelector(".map-page");
const list = document.getElementById("map-list");
const card = document.getElementById("map-card");
const tip = document.querySelector(".map-tip");
const menu = document.querySelector(".map-menu");
const here = document.querySelector(".map-here");
const { map, tiles, halo } = (await start(viewInHash())).get("map_works");
const say = (text) => window.pantau?.say(text);
const filled = (sentence, n) => sentence.replace("{n}", n.toLocaleString(document.documentElement.lang));
let settled = false, ours = false; // whether a move was a person's, or follows from what they chose
const asOf = page.dataset.asOf ? `&as_of=${page.dataset.asOf}` : ""; // the day that is looked back at
const phone = matchMedia("(max-width: 860px)");

/* ---- view and selection in the address ---------------------------------------------------------------------- */

function viewInHash() {
  const [zoom, lat, lon] = location.hash.slice(1).split("/").map(Number);
  return [zoom, lat, lon].every(Number.isFinite) && location.hash.length > 4 ? { zoom, at: [lat, lon] } : null;
}
function hash() {
  const { lat, lng } = map.getCenter();
  return `#${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}
function address(work) {
  const query = new URLSearchParams(location.search);
  query.delete("work");
  if (work) query.set("work", work);
  const said = query.toString();
  return location.pathname + (said ? `?${said}` : "") + hash();
}
/* One work stands in the address; those of one spot only in the history of this window: they are many. */
const chosen = () => new URLSearchParams(location.search).get("work");
const selection = () => (history.state?.work ?? chosen() ?? "").split(",").filter(Boolean);

/* ---- the card ------------------------------------------------------------------------------------------------ */

let asked;
async function openCard(works, { push = true, fly = false, at = null } = {}) {
  asked?.abort();
  asked = new AbortController();
  const work = works.join(",");
  try {
    const nodes = await fragment(`${page.dataset.card}?work=${encodeURIComponent(work)}${asOf}`, asked.signal);
    card.replaceChildren(...nodes);
  } catch (error) {
    if (error.name !== "AbortError") say(words.lost);
    return;
  }
  card.hidden = false;
  halo.show("hover", null);
  if (push && selection().join(",") !== work) history.pushState({ work }, "", address(works.length === 1 ? work : null));
  showChosen(fly);
  if (at && !fly) reveal(at);
}
async function openRegion(code) {
  try {
    card.replaceChildren(...(await fragment(`${page.dataset.region}?${page.dataset.query}&code=${encodeURIComponent(code)}`)));
  } catch { say(words.lost); return; }
  card.hidden = false;
  halo.show("chosen", null);
}
/* On a phone the card covers the lower part of the map: what was touched moves up into what stays visible. */
function reveal(latlng) {
  if (!phone.matches) return;
  const frame = map.getContainer().getBoundingClientRect();
  const visible = Math.max(card.getBoundingClientRect().top - Math.max(frame.top, 0), 120);
  const { y } = map.latLngToContainerPoint(latlng);
  if (y > visible - 24 || y < 70) { ours = true; map.panBy([0, y - Math.max(visible * 0.6, 80)]); }
}
function closeCard({ push = true } = {}) {
  card.hidden = true;
  card.replaceChildren();
  halo.show("chosen", null);
  mark(null);
  if (push && selection().length) history.pushState({}, "", address(null));
}
function showChosen(fly) {
  const one = card.querySelector("div[data-work]");
  mark(one?.dataset.work);
  if (!one) { halo.show("chosen", null); return; }
  const shape = one.dataset.shape ? JSON.parse(one.dataset.shape) : null;
  halo.show("chosen", shape, Number(one.dataset.accuracy) || null);
  if (!shape || !fly) return;
  const bounds = L.geoJSON(shape).getBounds();
  if (map.getZoom() >= 14 && map.getBounds().pad(-0.1).contains(bounds)) return;
  ours = true;
  const covered = phone.matches ? Math.max(0, map.getContainer().getBoundingClientRect().bottom - card.getBoundingClientRect().top) : 0;
  map.flyToBounds(bounds.pad(0.6), { maxZoom: Math.max(map.getZoom(), 16), duration: 0.6, paddingBottomRight: [0, covered] });
}
function mark(work) {
  for (const row of list.querySelectorAll("li[data-work]")) {
    const selected = row.dataset.work === work;
    row.classList.toggle("selected", selected);
    row.querySelector("a").toggleAttribute("aria-current", selected);
  }
}

/* ---- the list ------------------------------------------------------------------------------------------------ */

let area = null;
async function showList(offset = 0) {
  const query = new URLSearchParams(page.dataset.query);
  if (area) query.set("box", area);
  if (offset) query.set("offset", offset);
  try {
    const nodes = await fragment(`${page.dataset.list}?${query}`);
    if (offset) { list.querySelector(".map-more")?.remove(); list.append(...nodes); } else { list.replaceChildren(...nodes); list.closest(".split-list").scrollTop = 0; }
  } catch { say(words.lost); }
  mark(chosen());
}
const pointOf = (row) => (row?.dataset.lon ? { type: "Point", coordinates: [Number(row.dataset.lon), Number(row.dataset.lat)] } : null);

for (const zone of [list, card]) {
  const lights = ({ target }) => halo.show("hover", pointOf(target.closest("li[data-work]")));
  zone.addEventListener("pointerover", lights);
  zone.addEventListener("focusin", lights);
  zone.addEventListener("pointerleave", () => halo.show("hover", null));
  zone.addEventListener("focusout", () => halo.show("hover", null));
  zone.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-card]")) { closeCard(); map.getContainer().focus({ preventScroll: true }); return; }
    const more = event.target.closest("[data-more]");
    if (more) { showList(Number(more.dataset.more)); return; }
    const link = event.target.closest("[data-select]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (phone.matches) scrollTo({ top: 0, behavior: "smooth" });
    openCard([link.dataset.select], { fly: true });
  });
}

/* ---- the map ------------------------------------------------------------------------------------------------- */

const sketch = tools(map, page, hash);
const selected = showArea(map, page);

map.on("click", ({ latlng }) => {
  closeMenu();
  if (sketch.sketching) return;
  const { works, crowd, pair, region } = tiles.pick(latlng);
  if (crowd) map.setView(crowd.geometry ? [crowd.geometry.coordinates[1], crowd.geometry.coordinates[0]] : latlng, Math.min(map.getZoom() + 2, 17));
  else if (works.length) openCard(works.slice(0, 60).map((work) => work.project), { at: latlng });
  else if (pair) location.assign(`/pairs/${encodeURIComponent(pair.pair)}`);
  else if (region) openRegion(region.code);
  else if (!card.hidden) closeCard();
});

const oneSpot = (works) => new Set(works.map((work) => JSON.stringify(work.geometry?.coordinates))).size === 1;
let pending;
map.on("mousemove", (event) => {
  cancelAnimationFrame(pending);
  pending = requestAnimationFrame(() => {
    if (sketch.sketching) { tip.hidden = true; return; }
    const { works, crowd, pair, region } = tiles.pick(event.latlng, 5);
    const text = crowd ? [filled(words.crowd, crowd.works), crowd.flagged ? filled(words.flagged, crowd.flagged) : ""].filter(Boolean).join(", ")
      : works.length > 1 ? filled(oneSpot(works) ? words.spot : words.near, works.length)
        : works.length ? works[0].name ?? "" : pair ? words.pair : region?.name ?? "";
    map.getContainer().style.cursor = text ? "pointer" : "";
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const { x, y } = event.containerPoint;
    const right = map.getSize().x - x < 300;
    tip.style.left = right ? "auto" : `${x + 14}px`;
    tip.style.right = right ? `${map.getSize().x - x + 14}px` : "auto";
    tip.style.top = `${y + 14}px`;
  });
});
map.on("mouseout movestart", () => { cancelAnimationFrame(pending); tip.hidden = true; });

map.on("moveend", () => {
  history.replaceState(history.state, "", location.pathname + location.search + hash());
  if (settled && !ours) here.hidden = false;
  ours = false;
});
here.addEventListener("click", () => {
  area = map.getBounds().toBBoxString();
  here.hidden = true;
  showList();
});

/* ---- right click, long press ----------------------------------------------------------------------------------- */

function closeMenu() { menu.hidden = true; }
map.on("contextmenu", ({ latlng, containerPoint, originalEvent }) => {
  originalEvent?.preventDefault();
  const lat = latlng.lat.toFixed(6), lon = latlng.lng.toFixed(6);
  const entries = [];
  if (page.dataset.check) entries.push(element("a", { role: "menuitem", href: `${page.dataset.check}?lon=${lon}&lat=${lat}` }, words.check));
  if (page.dataset.capture) entries.push(element("a", { role: "menuitem", href: `${page.dataset.capture}?lon=${lon}&lat=${lat}` }, words.capture));
  const copy = element("button", { role: "menuitem", type: "button", "data-copy": `${lat}, ${lon}` }, `${words.copy}: ${lat}, ${lon}`);
  copy.addEventListener("click", closeMenu);
  menu.replaceChildren(...entries, copy);
  menu.hidden = false;
  const size = map.getSize();
  menu.style.left = `${Math.min(containerPoint.x, size.x - menu.offsetWidth - 8)}px`;
  menu.style.top = `${Math.min(containerPoint.y, size.y - menu.offsetHeight - 8)}px`;
  menu.querySelector("a, button").focus({ preventScroll: true });
});
map.on("movestart", closeMenu);

/* ---- places ------------------------------------------------------------------------------------------------------ */

const search = document.querySelector(".map-search");
const field = search.querySelector("input");
const results = search.querySelector("ul");
let found = [], at = -1, wait, looking;

function showPlaces(places) {
  found = places;
  at = -1;
  const rows = places.map((place, index) => element("li", { role: "option", id: `place-${index}`, "aria-selected": "false" },
    place.name, ...(place.detail ? [element("span", {}, place.detail)] : [])));
  if (!rows.length) rows.push(element("li", { role: "option", "aria-disabled": "true" }, words.nothing));
  results.replaceChildren(...rows);
  open(true);
}
function open(yes) {
  results.hidden = !yes;
  field.setAttribute("aria-expanded", String(yes));
  if (!yes) field.removeAttribute("aria-activedescendant");
}
async function look() {
  const text = field.value.trim();
  looking?.abort();
  if (text.length < 2) { open(false); return; }
  looking = new AbortController();
  try {
    const answer = await fetch(`${page.dataset.places}?q=${encodeURIComponent(text)}${asOf}`, { signal: looking.signal });
    showPlaces((await answer.json()).places);
  } catch (error) { if (error.name !== "AbortError") say(words.lost); }
}
let pin;
function go(place) {
  open(false);
  pin?.remove();
  if (place.box) map.flyToBounds([[place.box[1], place.box[0]], [place.box[3], place.box[2]]], { duration: 0.6 });
  else map.setView([place.lat, place.lon], Math.max(map.getZoom(), 16));
  if (place.work) openCard([place.work]);
  if (place.kind === "point") {
    pin = L.circleMarker([place.lat, place.lon], { radius: 9, color: "#0b6562", weight: 3, fillOpacity: 0.1 }).addTo(map);
  }
}
field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(look, 220); });
field.addEventListener("blur", () => setTimeout(() => open(false), 200));
field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { open(false); return; }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  at = Math.max(0, Math.min(found.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
  [...results.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
  field.setAttribute("aria-activedescendant", `place-${at}`);
});
search.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (results.hidden || !found.length) await look();
  if (found.length) go(found[Math.max(at, 0)]);
});
results.addEventListener("pointerdown", (event) => {
  const row = event.target.closest("li[id]");
  if (row) { event.preventDefault(); go(found[Number(row.id.slice(6))]); }
});

/* ---- keep the view when the filter changes, and come back to it ------------------------------------------------------ */

for (const form of document.querySelectorAll("form.filters, form.map-when")) {
  form.addEventListener("submit", () => { form.action = form.action.split("#")[0] + hash(); });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-keeps-view], .filters a[href]");
  if (link) link.href = link.href.split("#")[0] + hash();
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (!menu.hidden) closeMenu(); else if (!card.hidden && card.contains(document.activeElement)) closeCard();
});
addEventListener("popstate", () => {
  const view = viewInHash();
  if (view && hash() !== location.hash) map.setView(view.at, view.zoom, { animate: false });
  const works = selection();
  if (works.length) openCard(works, { push: false }); else closeCard({ push: false });
});

const view = viewInHash();
if (view) map.setView(view.at, view.zoom, { animate: false });
else if (selected) map.fitBounds(selected.getBounds().pad(0.15), { animate: false });
if (!card.hidden) showChosen(!view);
else if (selection().length) openCard(selection(), { push: false });
if (phone.matches) document.querySelector(".map-legend").open = false;
history.replaceState(history.state, "", location.pathname + location.search + hash());
setTimeout(() => { settled = true; }, 800);
document.documentElement.dataset.page = "ready";
