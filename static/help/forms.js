"use strict";
/* The search field inside a choice of many has no label of its own; the theme adds it when it likes. */
(function () {
  function label() {
    for (const choice of document.querySelectorAll("select.admin-autocomplete[multiple]")) {
      const name = document.querySelector('label[for="' + choice.id + '"]');
      const field = choice.parentElement.querySelector(".select2-search__field:not([aria-label])");
      if (name && field) field.setAttribute("aria-label", name.textContent.trim());
    }
  }

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(label).observe(document.body, { childList: true, subtree: true });
    label();
  });
})();
