/* Small conveniences. Every page works without them; nothing here holds a rule of the house.

   In markup:
     data-copy="text"              a button that copies; says so in place and to a screen reader
     data-opens="id"               shows the <dialog id>; data-closes inside a dialog closes it
     data-dismiss="id" data-keep   removes the element with that id; data-keep="key" remembers it on this device
     data-auto on a <form>         sends itself when a choice changes (its button stays for those without scripts)
     data-once on a <form>         one send: the button shows that it is busy and cannot be pressed twice
     data-refresh="/url" data-every="1000"   replaces the element by what the address answers until the answer has
                                   no data-refresh; a lost connection keeps the last known answer
     data-moment="2026-11-23T..."  nothing here: times are worded by the server

   For other scripts:  window.pantau.say(text, {action: "Urungkan", run: fn, seconds: 10}) shows a toast.
   Words that scripts need stand in data-* of <body>, so that they follow the language of the page. */
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const word = (name, otherwise) => document.body.dataset["say" + name] || otherwise;

  function say(text, { action, run, seconds = 6 } = {}) {
    const region = document.querySelector(".toasts");
    if (!region) return;
    const toast = document.createElement("div");
    toast.className = "toast";
    const said = document.createElement("span");
    said.textContent = text;
    toast.append(said);
    const close = () => toast.remove();
    const timer = setTimeout(close, seconds * 1000);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = action;
      button.addEventListener("click", () => { clearTimeout(timer); close(); run && run(); });
      toast.append(button);
    }
    region.append(toast);
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      /* without https there is no clipboard: select the text so that Ctrl-C takes it */
      const shown = button.parentElement.querySelector("data") || button.parentElement;
      getSelection().selectAllChildren(shown);
      if (!document.execCommand("copy")) return say(word("Press", "Ctrl+C"));
    }
    button.classList.add("copied");
    say(word("Copied", "Disalin") + ": " + button.dataset.copy, { seconds: 3 });
    setTimeout(() => button.classList.remove("copied"), 3000);
  }

  const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  function dismiss(button) {
    const target = document.getElementById(button.dataset.dismiss);
    if (!target) return;
    const list = target.parentElement;
    try { if (button.dataset.keep) localStorage.setItem(button.dataset.keep, "1"); } catch { /* private window */ }
    target.remove();
    if (list && !list.children.length) (list.closest("[data-goes-when-empty]") || list).remove();
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    let hit;
    if ((hit = on("[data-copy]"))) copy(hit);
    else if ((hit = on("[data-opens]"))) {
      const dialog = document.getElementById(hit.dataset.opens);
      if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
    } else if ((hit = on("[data-closes]"))) { event.preventDefault(); hit.closest("dialog").close(); }
    else if ((hit = on("[data-dismiss]"))) dismiss(hit);
    else if ((hit = on("[data-print]"))) window.print();
    /* an open chip or menu closes when one clicks elsewhere */
    document.querySelectorAll("details.chip[open], details.menu[open]").forEach((open) => {
      if (!open.contains(event.target)) open.open = false;
    });
    if (event.target.nodeName === "DIALOG") {
      const box = event.target.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right
        && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.activeElement.closest("details.chip[open], details.menu[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });

  document.addEventListener("toggle", (event) => {
    if (!event.target.matches("details.chip") || !event.target.open) return;
    document.querySelectorAll("details.chip[open]").forEach((other) => { if (other !== event.target) other.open = false; });
    /* a panel near the right edge opens towards the left */
    const panel = event.target.querySelector(".chip-panel");
    if (!panel || getComputedStyle(panel).position === "fixed") return;
    panel.style.left = "0";
    const over = panel.getBoundingClientRect().right - root.clientWidth + 12;
    if (over > 0) panel.style.left = -over + "px";
  }, true);

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.hasAttribute("data-auto") && event.target.matches("select, input[type=checkbox].direct, input[type=radio].direct")) form.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "get") {
      /* a shared address should not be full of empty values */
      form.querySelectorAll("input, select").forEach((field) => { if (field.name && field.value === "") field.disabled = true; });
      setTimeout(() => form.querySelectorAll(":disabled").forEach((field) => { field.disabled = false; }));
    }
    if (!form.hasAttribute("data-once")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    const button = event.submitter || form.querySelector("[type=submit]");
    if (button) { button.setAttribute("aria-busy", "true"); if (button.dataset.busy) button.lastChild.textContent = button.dataset.busy; }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  });

  function follow(element) {
    const every = Number(element.dataset.every || 1000);
    let lost = false;
    const ask = async () => {
      if (!element.isConnected) return;
      try {
        const answer = await fetch(element.dataset.refresh, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        if (answer.redirected && element.dataset.leaves !== "no") return location.assign(answer.url);
        const fresh = document.createRange().createContextualFragment(await answer.text()).firstElementChild;
        if (lost) { lost = false; say(word("Back", "Tersambung lagi"), { seconds: 3 }); }
        if (fresh) {
          element.replaceWith(fresh);
          if (fresh.dataset.then) return location.assign(fresh.dataset.then);
          if (fresh.dataset.refresh) follow(fresh);
          return;
        }
      } catch {
        if (!lost) { lost = true; say(word("Lost", "Sambungan terputus; dicoba lagi")); }
      }
      setTimeout(ask, lost ? Math.max(every, 5000) : every);
    };
    setTimeout(ask, every);
  }
  document.querySelectorAll("[data-refresh]").forEach(follow);

  document.querySelectorAll("[data-dismiss][data-keep]").forEach((button) => { if (remembered(button.dataset.keep)) dismiss(button); });

  document.querySelectorAll(".drop").forEach((drop) => {
    const field = drop.querySelector("input[type=file]");
    if (!field) return;
    ["dragenter", "dragover"].forEach((name) => drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); }));
    ["dragleave", "drop"].forEach((name) => drop.addEventListener(name, () => drop.classList.remove("over")));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!event.dataTransfer.files.length) return;
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });

  const split = document.querySelector(".split");
  if (split) {
    const measure = () => root.style.setProperty("--above", Math.round(split.getBoundingClientRect().top + scrollY) + "px");
    measure();
    addEventListener("resize", measure);
  }

  /* Where tabs do not fit, the one that one is on is seen. */
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const bar = tab.parentElement;
    bar.scrollLeft += tab.getBoundingClientRect().right - bar.getBoundingClientRect().right + 24;
  }

  window.pantau = Object.freeze({ say, follow });
})();
