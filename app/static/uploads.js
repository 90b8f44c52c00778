/* The drop zone: chosen files are sent at once, one after another, each with its own bar, for nothing is stored before
   one confirms. One that is too large is refused before it travels; the others go on. Without this script the button
   below sends them all together. */
"use strict";

(() => {
  const form = document.querySelector("form[data-sends-itself]");
  const field = form && form.querySelector("input[type=file]");
  if (!field) return;
  const words = JSON.parse(document.getElementById("upload-words").textContent);
  const list = form.querySelector(".sending");
  const limit = Number(form.dataset.limit) * 2 ** 20;
  let failed = [];

  const made = (name, text = "") => { const one = document.createElement(name); one.textContent = text; return one; };

  /* The key of a file: sent again after a lost line, it is the same upload. (randomUUID wants https.) */
  const keys = new Map();
  function keyOf(file) {
    if (!keys.has(file)) keys.set(file, [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    return keys.get(file);
  }

  function line(file) {
    const row = made("li"), name = made("strong", file.name), says = made("span"), bar = made("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    row.append(name, says, bar);
    list.append(row);
    return {
      tell: (text, wrong = false) => { says.textContent = text; says.classList.toggle("wrong", wrong); if (wrong) bar.remove(); },
      at: (share) => { bar.value = share; },
    };
  }

  function send(file, told, together) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest(), body = new FormData();
      body.set("csrf_token", form.elements.csrf_token.value);
      body.set("form_key", keyOf(file));
      if (together) body.set("batch", form.elements.batch.value);
      body.set("file", file);
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-Requested-With", "fetch");
      request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) told.at(event.loaded / event.total); });
      request.addEventListener("error", () => { told.tell(words.lost, true); failed.push(file); resolve(null); });
      request.addEventListener("load", () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* not ours: told below */ }
        if (request.status === 200 && answer.upload) { told.at(1); told.tell(words.received); resolve(answer); return; }
        told.tell(answer.error || words.refused, true);
        resolve(null);
      });
      request.send(body);
    });
  }

  async function sendAll(files) {
    if (files.length > Number(form.dataset.most)) { window.pantau.say(words.many.replace("{n}", form.dataset.most)); return; }
    list.hidden = false;
    list.replaceChildren();
    failed = [];
    form.querySelectorAll(".again").forEach((one) => one.remove());
    const sent = [];
    for (const [file, told] of files.map((file) => [file, line(file)])) {
      if (file.size > limit) { told.tell(words.large.replace("{mb}", form.dataset.limit), true); continue; }
      told.tell(words.sending);
      const answer = await send(file, told, files.length > 1);
      if (answer) sent.push(answer);
    }
    if (sent.length === files.length) { location.assign(sent[0].batch || sent[0].upload); return; }
    const next = made("p");
    next.className = "cluster again";
    if (sent.length && sent[0].batch) { const see = made("a", words.see); see.href = sent[0].batch; see.className = "button button-secondary"; next.append(see); }
    if (failed.length) {
      const again = made("button", words.again);
      again.type = "button";
      again.className = "button button-secondary";
      again.addEventListener("click", () => { next.remove(); sendAll([...failed]); });
      next.append(again);
    }
    list.after(next);
    field.value = "";
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }

  field.addEventListener("change", () => { if (field.files.length) sendAll([...field.files]); });
  form.addEventListener("submit", (event) => {
    if (!field.files.length) return;
    event.preventDefault();
    sendAll([...field.files]);
  });
})();
