/* The export menu says how many rows are ticked: only these are then exported. */

const said = document.querySelector("[data-say-picked]");
const all = said?.textContent;

function say() {
  const picked = document.querySelectorAll("input.export-pick:checked").length;
  said.textContent = picked ? said.dataset.sayPicked.replace("{n}", picked.toLocaleString(document.documentElement.lang)) : all;
  said.closest(".menu-head").querySelectorAll(".small").forEach((line) => { line.hidden = picked > 0; });
  said.closest("details").classList.toggle("export-picked", picked > 0);
}
if (said) {
  document.addEventListener("change", (event) => { if (event.target.matches("input.export-pick")) say(); });
  addEventListener("pageshow", say);
}
