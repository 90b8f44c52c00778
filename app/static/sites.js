/* Kirim titik: fills the form's own fields from the phone's position, the map or the keyboard. The server reads the
   coordinate, says what stands there and decides; this script holds no rule. */
import { start, words, element } from "./map_layer.js";

const form = document.getElementById("point-form");
const field = (name) => form.elements.namedItem(name);
const says = document.getElementById("locate-says");
const button = document.getElementById("locate");
const send = document.getElementById("send");
const { map } = (await start()).get("map_point");
const metres = (m) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: m < 10 ? 1 : 0 }).format(m);

const shape = '<svg viewBox="0 0 30 40" width="30" height="40"><path d="M15 38.500S28 25.500 28 14.500a13 13 0 1 0-26 0C2 25.500 15 38.500 15 38.500Z"/><circle cx="15" cy="14.500" r="5"/></svg>';
const icon = L.divIcon({ className: "pin", html: shape, iconSize: [30, 40], iconAnchor: [15, 39] });
let pin, disc;

function show(lat, lon, accuracy) {
  if (!pin) {
    pin = L.marker([lat, lon], { icon, draggable: true, autoPan: true, title: words.pin, alt: words.pin }).addTo(map);
    pin.on("dragend", () => { const { lat, lng } = pin.getLatLng(); place(lat, lng, "drawn"); });
  }
  pin.setLatLng([lat, lon]);
  disc?.remove();
  disc = accuracy ? L.circle([lat, lon], { radius: accuracy, color: "#0b6562", weight: 1, fillOpacity: 0.12, interactive: false }).addTo(map) : null;
}

/** A place that did not come from the keyboard: method and accuracy belong to this very text. */
function place(lat, lon, method, accuracy) {
  const text = `${lat.toFixed(6)}, ${lon.toFixed(6)}`;
  field("coordinate").value = field("fix").value = text;
  field("method").value = method;
  field("accuracy_m").value = accuracy ?? "";
  show(lat, lon, accuracy);
  if (method !== "gps") { says.textContent = ""; stop(); }
  look();
}

let asked, timer;
function look(wait = 250) {
  clearTimeout(timer);
  timer = setTimeout(ask, wait);
}

async function ask() {
  asked?.abort();
  const mine = asked = new AbortController();
  const text = field("coordinate").value;
  const old = document.getElementById("look");
  old.classList.add("waiting");
  const query = new URLSearchParams();
  for (const name of ["project", "coordinate", "fix", "method", "accuracy_m"]) query.set(name, field(name)?.value ?? "");
  let fresh;
  try {
    const answer = await fetch(`${form.dataset.near}?${query}`, { signal: mine.signal, headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("look");
  } catch (error) {
    if (error.name === "AbortError") return;
    document.getElementById("look").classList.remove("waiting");
    window.pantau.say(words.lost);
    return;
  } finally {
    if (asked === mine) asked = undefined;
  }
  keep(fresh);
  document.getElementById("look").replaceWith(fresh);
  const wrong = !fresh.dataset.lon && field("coordinate").value !== "";
  field("coordinate").toggleAttribute("aria-invalid", wrong);
  field("coordinate").closest(".field").classList.toggle("field-wrong", wrong);
  if (!fresh.dataset.lon) {
    pin?.remove();
    disc?.remove();
    pin = disc = undefined;
    return;
  }
  send.lastElementChild.textContent = words.send;
  if (field("coordinate").value !== text) return; // the phone has found better meanwhile; the pin stands there already
  const [lat, lon] = [Number(fresh.dataset.lat), Number(fresh.dataset.lon)];
  show(lat, lon, Number(field("accuracy_m").value) || 0);
  if (!map.getBounds().pad(-0.05).contains([lat, lon])) map.setView([lat, lon], Math.max(map.getZoom(), 17));
}

/** What was typed into the questions survives their being asked anew. */
function keep(fresh) {
  const reason = field("reason")?.value;
  const again = fresh.querySelector("[name=reason]");
  if (reason && again) again.value = reason;
  else if (reason && !again) fresh.append(element("input", { type: "hidden", name: "reason", value: reason }));
}

map.on("click", ({ latlng }) => place(latlng.lat, latlng.lng, "drawn"));
field("coordinate").addEventListener("input", () => { field("fix").value = ""; field("method").value = ""; field("accuracy_m").value = ""; stop(); look(700); });
field("coordinate").addEventListener("change", () => look(0));
form.addEventListener("click", (event) => {
  const use = event.target.closest("button[name=use]");
  if (!use) return;
  event.preventDefault();
  field("coordinate").value = use.value;
  field("fix").value = "";
  look(0);
});

/* the phone's position: the best fix is kept until it is good enough, time is up or the person says enough */
const GOOD_M = 5, LONGEST_S = 30;
let watching, best, ends;
function stop() {
  if (watching === undefined) return;
  navigator.geolocation.clearWatch(watching);
  clearTimeout(ends);
  watching = undefined;
  button.lastElementChild.textContent = best ? words.again : words.locate;
}

function finish() {
  stop();
  if (!best) return;
  const coarse = best.accuracy > Number(form.dataset.limit);
  says.classList.toggle("coarse", coarse);
  says.textContent = words[coarse ? "coarse" : "done"].replace("{m}", metres(best.accuracy));
  place(best.latitude, best.longitude, "gps", best.accuracy);
}

button.addEventListener("click", () => {
  if (watching !== undefined) return best ? finish() : stop();
  if (!navigator.geolocation || !window.isSecureContext) { says.textContent = words.insecure; return; }
  best = undefined;
  says.classList.remove("coarse");
  says.textContent = words.waiting;
  watching = navigator.geolocation.watchPosition(({ coords }) => {
    if (!best || coords.accuracy < best.accuracy) {
      best = coords;
      field("coordinate").value = field("fix").value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
      field("method").value = "gps";
      field("accuracy_m").value = coords.accuracy;
      show(coords.latitude, coords.longitude, coords.accuracy);
      map.setView([coords.latitude, coords.longitude], Math.max(map.getZoom(), 17));
      if (best.accuracy <= Number(form.dataset.limit) && !asked) look(0); // an answer under way is never cut off here
    }
    says.textContent = words.better.replace("{m}", metres(best.accuracy));
    button.lastElementChild.textContent = words.enough;
    if (best.accuracy <= GOOD_M) finish();
  }, (error) => {
    if (best) return finish();
    stop();
    says.textContent = error.code === 1 ? words.denied : words.unavailable;
  }, { enableHighAccuracy: true, maximumAge: 0, timeout: LONGEST_S * 1000 });
  ends = setTimeout(() => (best ? finish() : undefined), LONGEST_S * 1000);
});

{
  const { lon, lat } = document.getElementById("look").dataset;
  if (lon) show(Number(lat), Number(lon), Number(field("accuracy_m").value) || 0);
  else if (field("coordinate").value) look(0);
}
button.disabled = false; // an earlier press would have been lost
