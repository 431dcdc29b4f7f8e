// Keys in a combobox: the field keeps the focus, one option of its list is marked (aria-activedescendant).
// data-first: Enter takes the first option where none is marked, and waits for the answer to what was typed (scanners).
(() => {
  const list = (field) => document.getElementById(field.getAttribute("aria-controls"));
  const options = (field) => [...(list(field)?.querySelectorAll("[role=option]") ?? [])];
  const marked = (field) => options(field).find((each) => each.getAttribute("aria-selected") === "true");
  const mark = (field, option) => {
    for (const each of options(field)) each.setAttribute("aria-selected", String(each === option));
    option ? field.setAttribute("aria-activedescendant", option.id) : field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };
  const isCombobox = (field) => field.tagName === "INPUT" && field.getAttribute("role") === "combobox";
  const takeFirst = (field, text, tries = 90) => {
    if (field.value.trim() !== text) return;
    if (list(field)?.dataset.for === text) options(field)[0]?.click();
    else if (tries) setTimeout(takeFirst, 33, field, text, tries - 1);
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!isCombobox(field) || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = options(field);
      if (!all.length) return;
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = all.indexOf(marked(field));
      mark(field, at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[(at + step + all.length) % all.length]);
      event.preventDefault();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && marked(field)) {
      marked(field).click();
      event.preventDefault();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && "first" in field.dataset) {
      if (field.value.trim()) takeFirst(field, field.value.trim());
      event.preventDefault();
    }
  }, true);
  // The text changed: what was marked is gone.
  document.addEventListener("input", ({ target }) => {
    if (isCombobox(target)) mark(target, null);
  });
  // New hits came: what is marked has moved, or is gone.
  const hits = new MutationObserver(() => {
    const field = document.activeElement;
    const id = isCombobox(field) ? marked(field)?.id : undefined;
    if (id) field.setAttribute("aria-activedescendant", id);
    else if (isCombobox(field)) field.removeAttribute("aria-activedescendant");
  });
  document.addEventListener("focusin", ({ target }) => {
    hits.disconnect();
    const changes = { childList: true, subtree: true, attributes: true, attributeFilter: ["id"] };
    if (isCombobox(target)) hits.observe(document.body, changes);
  });
})();
