"use strict";
/* The page of a brand: name, hue and files are seen in the preview before they are saved. */
(function () {
  const LARGEST = 2 * 1024 * 1024;

  function start(area) {
    const scales = JSON.parse(area.dataset.scales);
    const files = { logo: area.dataset.logo, logo_dark: area.dataset.logoDark, favicon: area.dataset.mark };
    const saved = { ...files };

    function paint(hue) {
      for (const slider of document.querySelectorAll("[data-hue]")) slider.style.setProperty("--thumb", "oklch(50% .12 " + hue + ")");
      for (const [name, steps] of Object.entries(scales)) {
        for (const [step, [lightness, chroma]] of Object.entries(steps)) {
          area.style.setProperty("--preview-" + name + "-" + step, "oklch(" + lightness + "% " + chroma + " " + hue + ")");
        }
      }
    }

    function write(selector, text) {
      for (const element of area.querySelectorAll(selector)) element.textContent = text;
    }

    function names() {
      const name = value("[data-brand-name]") || "–";
      write("[data-preview-name]", name);
      write("[data-preview-sender]", value("[data-brand-sender]") || name);
    }

    function value(selector) {
      const field = document.querySelector(selector);
      return field ? field.value.trim() : "";
    }

    function show(image, address) {
      image.hidden = !address;
      if (address) image.src = address;
      else image.removeAttribute("src");
    }

    function draw() {
      for (const pane of area.querySelectorAll("[data-pane]")) {
        const isDark = pane.dataset.pane === "dark";
        const address = (isDark && files.logo_dark) || files.logo;
        const plate = pane.querySelector("[data-preview-logo]");
        plate.hidden = !address;
        plate.classList.toggle("sh-plate", isDark && !files.logo_dark);
        show(plate.querySelector("img"), address);
        pane.querySelector("[data-preview-nameplate]").hidden = Boolean(address);
      }
      for (const image of area.querySelectorAll("[data-preview-mark]")) {
        show(image, files.favicon);
        const drawn = image.previousElementSibling;
        if (files.favicon) drawn.setAttribute("hidden", "");
        else drawn.removeAttribute("hidden");
      }
    }

    function read(input) {
      const name = input.dataset.brandFile;
      const file = input.files[0];
      const shown = input.closest("div").parentElement.querySelector("input[type=text][disabled]");
      if (shown && file) shown.value = file.name;
      if (!file || file.size > LARGEST) {
        files[name] = saved[name];
        draw();
        return;
      }
      const reader = new FileReader();
      reader.addEventListener("load", function () {
        files[name] = reader.result.replace("data:application/octet-stream", "data:image/x-icon");
        draw();
      });
      reader.readAsDataURL(file);
    }

    document.addEventListener("input", function (event) {
      if (event.target.matches("[data-hue]")) paint(event.target.value);
      if (event.target.matches("[data-brand-name], [data-brand-sender]")) names();
    });

    document.addEventListener("change", function (event) {
      if (event.target.matches("[data-brand-file]")) read(event.target);
      const cleared = /^(logo|logo_dark|favicon)-clear$/.exec(event.target.name || "");
      if (cleared) {
        files[cleared[1]] = event.target.checked ? "" : saved[cleared[1]];
        draw();
      }
    });

    paint(value("[data-hue]"));
    names();
    draw();
  }

  document.addEventListener("DOMContentLoaded", function () {
    const area = document.querySelector("[data-hue-preview]");
    if (area) start(area);
  });
})();
