// Energy and sessions as bars. The data stand in a JSON script beside the canvas; a bar leads to its list.
(() => {
  "use strict";

  let chart = null;

  function draw(canvas) {
    const data = JSON.parse(document.getElementById(canvas.dataset.graph).textContent);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const number = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 3 });
    const ticks = { color: colour("--cy-quiet"), callback: (value) => number.format(value) };
    const barAt = (event) => chart.getElementsAtEventForMode(event, "index", { intersect: false }, false)[0];
    chart = new Chart(canvas, {
      type: "bar",
      data: {
        labels: data.labels,
        datasets: [
          { label: data.titles.energy, data: data.energy_kwh, backgroundColor: colour("--color-primary-500"), hoverBackgroundColor: colour("--color-primary-700"), borderRadius: 3, order: 2 },
          { label: data.titles.sessions, data: data.sessions, type: "line", yAxisID: "sessions", borderColor: colour("--cy-warn-line"), backgroundColor: colour("--cy-warn-line"), borderWidth: 2, pointRadius: data.labels.length > 40 ? 0 : 3, order: 1 },
        ],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        onClick: (event) => {
          const bar = barAt(event);
          if (bar) window.location.assign(data.urls[bar.index]);
        },
        onHover: (event) => { canvas.style.cursor = barAt(event) ? "pointer" : "default"; },
        plugins: {
          legend: { display: true, position: "bottom", labels: { color: colour("--cy-text"), boxWidth: 12 } },
          tooltip: { enabled: true, callbacks: { label: (item) => `${item.dataset.label}: ${number.format(item.parsed.y)}` } },
        },
        scales: {
          x: { grid: { display: false }, ticks: { color: colour("--cy-quiet"), maxRotation: 0, autoSkip: true, autoSkipPadding: 12 } },
          y: { beginAtZero: true, grid: { color: colour("--cy-line") }, ticks },
          sessions: { beginAtZero: true, position: "right", grid: { display: false }, ticks: { ...ticks, precision: 0 } },
        },
      },
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const canvas = document.querySelector("canvas[data-graph]");
    if (!canvas) return;
    draw(canvas);
    // The theme switches between light and dark without a reload.
    new MutationObserver(() => { chart.destroy(); draw(canvas); }).observe(document.documentElement, { attributeFilter: ["class"] });
  });
})();
