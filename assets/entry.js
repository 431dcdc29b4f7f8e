// Forms that are filled in by keyboard (data-entry): Enter goes to the next field, Ctrl/⌘ Enter does the main act,
// Ctrl/⌘ S saves. A button with data-act says which of the form's acts it is.
(() => {
  const fields = "input:not([type=hidden]), select, textarea, button";
  const click = (form, act) => form.querySelector(`[data-act="${act}"]`)?.click();
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-entry]");
    if (!form || event.isComposing || event.defaultPrevented) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key === "Enter") click(form, form.dataset.entry);
    else if (command && event.key.toLowerCase() === "s") click(form, "save");
    else if (event.key === "Enter" && !command && event.target.matches("input, select")) {
      if (event.target.dataset.next) document.getElementById(event.target.dataset.next)?.focus();
      else {
        const all = [...form.querySelectorAll(fields)].filter((each) => each.offsetParent && !each.disabled);
        all[all.indexOf(event.target) + 1]?.focus();
      }
    } else return;
    event.preventDefault();
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-act]");
    const field = button?.form?.querySelector("input[name=act]");
    if (field) field.value = button.dataset.act;
  }, true);
  const when = (id, act, tries = 60) => {
    const field = document.getElementById(id);
    if (field) act(field);
    else if (tries) requestAnimationFrame(() => when(id, act, tries - 1));
  };
  window.omsFocus = (id) => when(id, (field) => (field.focus(), field.select?.()));
  window.omsSet = (values) => {
    for (const [id, text] of Object.entries(values)) when(id, (field) => (field.value = text));
  };
})();
