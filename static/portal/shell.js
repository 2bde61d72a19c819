"use strict";
/* The frame of the portal: choices that take effect at once, questions before a command, keyboard. */
(function () {
  document.addEventListener("change", function (event) {
    if (event.target.matches("select[data-autosubmit]")) event.target.form.requestSubmit();
  });

  document.addEventListener("submit", function (event) {
    const question = event.target.dataset && event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  /* The theme gives some clicks to elements that no keyboard reaches. */
  const CLICKABLE = "a[x-on\\:click]:not([href]), div.cursor-pointer[x-on\\:click], span.cursor-pointer[x-on\\:click]";

  function reach(root) {
    for (const element of root.querySelectorAll(CLICKABLE)) {
      if (element.hasAttribute("role")) continue;
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "0");
    }
  }

  document.addEventListener("keydown", function (event) {
    const target = event.target;
    if ((event.key === "Enter" || event.key === " ") && target.matches && target.matches("[role=button][tabindex='0']:not(button)")) {
      event.preventDefault();
      target.click();
    }
  });

  /* A hue is tried out before it is saved. */
  const SCALE = { 500: [66, 0.13], 600: [50, 0.12], 700: [44, 0.105] };

  function preview(input) {
    const area = document.querySelector("[data-hue-preview]");
    if (!area) return;
    for (const [step, [lightness, chroma]] of Object.entries(SCALE)) {
      area.style.setProperty("--preview-" + step, "oklch(" + lightness + "% " + chroma + " " + input.value + ")");
    }
  }

  document.addEventListener("input", function (event) {
    if (!event.target.matches("[data-hue]")) return;
    for (const other of document.querySelectorAll("[data-hue]")) other.value = event.target.value;
    preview(event.target);
  });

  document.addEventListener("DOMContentLoaded", function () {
    reach(document);
    document.body.addEventListener("htmx:afterSwap", function (event) { reach(event.target); });
    const hue = document.querySelector("[data-hue]");
    if (hue) preview(hue);
  });
})();
