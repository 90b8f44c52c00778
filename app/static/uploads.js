/* The drop zone: a chosen file is sent at once, for nothing is stored before one confirms; one that is too large is
   refused before it travels. Without this script the button below it sends. */
"use strict";

(() => {
  const form = document.querySelector("form[data-sends-itself]");
  const field = form && form.querySelector("input[type=file]");
  if (!field) return;
  field.addEventListener("change", () => {
    if (field.files.length) form.requestSubmit(form.querySelector("[type=submit]"));
  });
})();
