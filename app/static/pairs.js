/* Keys for whoever judges many pairs: each acts on the element that carries data-key. Without scripts the buttons do. */
"use strict";

(() => {
  const writing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const entries = [...document.querySelectorAll("[data-entry]")];

  function step(by) {
    const at = entries.indexOf(document.activeElement);
    const next = entries[Math.min(Math.max(at + by, 0), entries.length - 1)];
    if (next) next.focus();
  }

  /* Space shows A and B in turn, so that the eye catches what moves. */
  const drawing = document.getElementById("pair-map");
  function flicker() {
    const now = drawing.classList.contains("only-a") ? "only-b" : drawing.classList.contains("only-b") ? "" : "only-a";
    drawing.classList.remove("only-a", "only-b");
    if (now) drawing.classList.add(now);
    const said = document.getElementById("pair-shown");
    if (said) said.textContent = said.dataset[now === "only-a" ? "a" : now === "only-b" ? "b" : "both"];
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === " " && drawing && !event.target.closest("button, a, summary")) {
      event.preventDefault();
      return flicker();
    }
    if (entries.length && (event.key === "j" || event.key === "k")) {
      event.preventDefault();
      return step(event.key === "j" ? 1 : -1);
    }
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target) {
      event.preventDefault();
      if (target.matches("textarea, [data-only-focus]")) target.focus();
      else target.click();
    }
  });

  /* Focus is never lost: a new pair is read out from its title, Esc leaves what is being written, and what disappears
     hands its focus on. */
  const title = document.getElementById("pair-title");
  const home = () => (title || entries[0])?.focus({ preventScroll: true });
  if (title && !location.hash) home();
  if (entries.length && document.querySelector("form[data-undo]")) home();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && writing(event.target) && !document.querySelector("dialog[open]")) home();
  });

  /* The way back is offered for ten seconds; the history keeps everything anyway. */
  for (const form of document.querySelectorAll("form[data-undo]")) {
    setTimeout(() => {
      const held = form.contains(document.activeElement);
      form.closest(".given").remove();
      if (held) home();
    }, 1000 * Number(form.dataset.undo));
  }
})();
