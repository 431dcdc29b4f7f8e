// The stock sheet: a pasted column fills the boxes below, arrows and Enter walk up and down.
(() => {
  if (window.omsSheet) return;
  window.omsSheet = true;
  const cells = () => [...document.querySelectorAll("[data-sheet] [data-cell]")];

  document.addEventListener("paste", (event) => {
    const cell = event.target.closest?.("[data-cell]");
    const lines = (event.clipboardData?.getData("text") ?? "").replace(/\r/g, "").replace(/\n+$/, "").split("\n");
    if (!cell || lines.length < 2) return;
    event.preventDefault();
    const all = cells();
    const first = all.indexOf(cell);
    lines.forEach((line, index) => {
      const box = all[first + index];
      // A pasted row may hold more columns: its last one is the number.
      if (box) box.value = line.split("\t").pop().trim().replace(/,/g, "");
    });
    all[Math.min(first + lines.length, all.length) - 1].focus();
  });

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("[data-cell]");
    const step = { ArrowDown: 1, Enter: 1, ArrowUp: -1 }[event.key];
    if (!cell || !step || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const all = cells();
    const next = all[all.indexOf(cell) + step];
    next?.focus();
    next?.select();
  });
})();
