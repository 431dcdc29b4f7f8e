// Keys, the narrow rail and toast hooks of the frame. Runs before the first paint; holds no data.
(() => {
  const root = document.documentElement;
  if (localStorage.getItem("oms-rail") === "narrow") root.dataset.rail = "narrow";

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-rail-toggle]")) return;
    const narrow = root.dataset.rail !== "narrow";
    narrow ? (root.dataset.rail = "narrow") : delete root.dataset.rail;
    localStorage.setItem("oms-rail", narrow ? "narrow" : "wide");
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".skip-link")) return;
    event.preventDefault();
    document.getElementById("main")?.focus();
  });

  // A dialog that a state opened has no trigger to give the focus back to: it goes to where it was before.
  const inside = "[role=dialog],[role=alertdialog],[role=menu]";
  let before = null;
  document.addEventListener("focusin", ({ target }) => {
    if (!target.closest?.(inside)) before = target;
  });
  const giveBack = () =>
    setTimeout(() => {
      if (document.activeElement !== document.body || document.querySelector(inside)) return;
      (before?.isConnected ? before : document.getElementById("main"))?.focus();
    }, 50);

  // Another page is another try.
  let at = location.pathname;
  const forget = () => {
    if (at === location.pathname) return;
    at = location.pathname;
    delete root.dataset.broke;
    // What had the focus is gone with the page it stood on: go on at the head of this one.
    for (const wait of [50, 400]) setTimeout(() => document.activeElement === document.body && document.getElementById("main")?.focus(), wait);
  };

  const click = (selector) => {
    const found = document.querySelector(selector);
    found?.click();
    return Boolean(found);
  };
  window.omsHelp = () => requestAnimationFrame(() => click("[data-help]"));

  window.omsFill = (id, text, tries = 60) => {
    const field = document.getElementById(id);
    if (field) (field.value = text), field.select();
    else if (tries) requestAnimationFrame(() => window.omsFill(id, text, tries - 1));
  };
  // A chosen picture as a data address, for the handler that checks and keeps it.
  window.omsPicture = (id) =>
    new Promise((done) => {
      const file = document.getElementById(id)?.files?.[0];
      if (!file || file.size > 700_000) return done(file ? "too large" : "");
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(file);
    });

  const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  let gone = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && click("[data-palette]")) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || typing(event.target)) return;
    if (document.querySelector("[data-shortcuts=off]") || document.querySelector("[role=dialog],[role=alertdialog],[role=menu]")) return;
    const wentTo = event.timeStamp - gone < 1500 && click(`[data-nav="${CSS.escape(event.key)}"]`);
    gone = event.key === "g" ? event.timeStamp : 0;
    const done = wentTo || (event.key === "?" && click("[data-help]")) || (event.key === "/" && click("[data-palette]"));
    if (done) event.preventDefault();
  });

  const all = (node, selector) => [...(node.matches(selector) ? [node] : []), ...node.querySelectorAll(selector)];
  new MutationObserver((changes) => {
    forget();
    for (const { addedNodes, removedNodes } of changes) {
      for (const node of removedNodes) if (node.nodeType === 1 && (node.matches(inside) || node.querySelector(inside))) giveBack();
      for (const node of addedNodes) {
        if (node.nodeType !== 1) continue;
        for (const toast of all(node, "[data-sonner-toast]")) toast.dataset.toast = toast.dataset.type ?? "";
        // On a phone tabs scroll sideways: the one of this page comes into sight.
        for (const tab of all(node, "nav [aria-current=page]")) {
          const bar = tab.parentElement;
          if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = tab.offsetLeft - (bar.clientWidth - tab.clientWidth) / 2;
        }
        // An open menu hangs outside the page's landmarks; this makes it one of them.
        for (const menu of all(node, "[role=menu]")) {
          const box = menu.closest("[data-radix-popper-content-wrapper]");
          box?.setAttribute("role", "region");
          box?.setAttribute("aria-label", "Menu");
        }
      }
    }
  }).observe(root, { childList: true, subtree: true });
})();
