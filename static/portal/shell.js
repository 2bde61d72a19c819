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

  document.addEventListener("DOMContentLoaded", function () {
    reach(document);
    document.body.addEventListener("htmx:afterSwap", function (event) { reach(event.target); });
  });
})();
