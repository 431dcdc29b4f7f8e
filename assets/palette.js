// Arrow keys in the palette: the field keeps the focus, one option is marked (aria-activedescendant).
(() => {
  const options = () => [...document.querySelectorAll("#palette-list [role=option]")];
  const marked = () => document.querySelector('#palette-list [aria-selected="true"]');
  const mark = (field, option) => {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    option ? field.setAttribute("aria-activedescendant", option.id) : field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (field.id !== "palette-input" || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = options();
      if (!all.length) return;
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = all.indexOf(marked());
      mark(field, at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[(at + step + all.length) % all.length]);
      event.preventDefault();
    } else if (event.key === "Enter" && marked()) {
      marked().click();
      event.preventDefault();
    }
  }, true);
  // New hits came, or the text changed: what was marked is gone.
  document.addEventListener("input", (event) => {
    if (event.target.id === "palette-input") mark(event.target, null);
  });
})();
