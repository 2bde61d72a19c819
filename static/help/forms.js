"use strict";
/* The theme's search field inside a choice of many has no label of its own. */
window.addEventListener("load", function () {
  for (const choice of document.querySelectorAll("select.admin-autocomplete[multiple]")) {
    const label = document.querySelector('label[for="' + choice.id + '"]');
    const field = choice.parentElement.querySelector(".select2-search__field");
    if (label && field) field.setAttribute("aria-label", label.textContent.trim());
  }
});
