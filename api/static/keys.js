// Keys for what is on the page anyway: an element with data-key="y" is clicked by that key, data-key="g t" by one after the other;
// j and k walk through a list. Nothing happens while something is typed, or when keys are switched off (WCAG 2.1.4).
"use strict";
(() => {
  const typing = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  const press = (keys) => document.querySelector(`[data-key="${CSS.escape(keys).replaceAll("\\ ", " ")}"]`);
  let before = "";

  const walk = (step) => {
    const links = [...document.querySelectorAll(".rows h2 a, .rows h3 a, .cards h3 a")];
    const at = links.indexOf(document.activeElement);
    const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
    next?.focus();
    return Boolean(next);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const pair = before ? `${before} ${event.key}` : "";
    const found = (pair && press(pair)) || press(event.key);
    before = event.key === "g" ? "g" : "";
    if (found) {
      event.preventDefault();
      if (typing(found)) found.focus();
      else found.click();
    } else if ((event.key === "j" && walk(1)) || (event.key === "k" && walk(-1))) {
      event.preventDefault();
    }
  });
})();
