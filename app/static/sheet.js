/* The printed map: its one button. */
document.querySelector("[data-print-page]")?.addEventListener("click", () => print());
