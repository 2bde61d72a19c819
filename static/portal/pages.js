// Behaviour of our own pages: dialogs, copying, filters that apply at once. No inline scripts anywhere.
(() => {
  "use strict";

  const dialog = () => document.getElementById("cy-dialog");

  // A button fetches a form into the dialog; the dialog opens once the form is there.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "cy-dialog-body" && !dialog().open) dialog().showModal();
  });

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close-dialog]");
    if (close) {
      const box = close.closest("dialog");
      if (box) {
        event.preventDefault();
        box.close();
      }
      return;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText(copy);
    if (event.target.closest("[data-print]")) window.print();
  });

  async function copyText(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = source ? source.textContent : button.dataset.copyText;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without HTTPS browsers offer only the old way.
      const area = document.createElement("textarea");
      area.value = text;
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const before = button.textContent;
    button.textContent = button.dataset.copied || before;
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-apply]");
    if (field && field.form) field.form.requestSubmit();
  });

  // A menu closes by a click beside it and by Escape, which leads back to its button.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Filters are open on a wide screen and folded on a phone until they are asked for.
  function foldFilters() {
    if (window.matchMedia("(max-width: 800px)").matches) {
      document.querySelectorAll("details.cy-filters").forEach((box) => { box.open = false; });
    }
  }
  document.addEventListener("DOMContentLoaded", foldFilters);
})();
