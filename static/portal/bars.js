// Bars with a line over them. The data stand in a JSON script beside the canvas (`data-bars` names it):
// {labels, bars: {title, values}, line: {title, values}, locale}. Drawn again after each refresh of a part.
(() => {
  "use strict";

  const charts = new Map();

  function draw(canvas) {
    const data = JSON.parse(document.getElementById(canvas.dataset.bars).textContent);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const number = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 3 });
    const ticks = { color: colour("--cy-quiet"), callback: (value) => number.format(value) };
    charts.set(canvas, new Chart(canvas, {
      type: "bar",
      data: {
        labels: data.labels,
        datasets: [
          { label: data.bars.title, data: data.bars.values, backgroundColor: colour("--color-primary-500"), borderRadius: 3, order: 2 },
          { label: data.line.title, data: data.line.values, type: "line", yAxisID: "line", borderColor: colour("--cy-warn-line"), backgroundColor: colour("--cy-warn-line"), borderWidth: 2, pointRadius: data.labels.length > 1 ? 0 : 3, order: 1 },
        ],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: true, position: "bottom", labels: { color: colour("--cy-text"), boxWidth: 12 } },
          tooltip: { enabled: true, callbacks: { label: (item) => `${item.dataset.label}: ${number.format(item.parsed.y)}` } },
        },
        scales: {
          x: { grid: { display: false }, ticks: { color: colour("--cy-quiet"), maxRotation: 0, autoSkip: true, maxTicksLimit: 12 } },
          y: { beginAtZero: true, grid: { color: colour("--cy-line") }, ticks },
          line: { beginAtZero: true, position: "right", grid: { display: false }, ticks: { ...ticks, precision: 0 } },
        },
      },
    }));
  }

  function redraw() {
    for (const [canvas, chart] of charts) {
      chart.destroy();
      charts.delete(canvas);
    }
    document.querySelectorAll("canvas[data-bars]").forEach(draw);
  }

  document.addEventListener("DOMContentLoaded", () => {
    redraw();
    document.body.addEventListener("htmx:afterSettle", (event) => {
      if (event.target.querySelector("canvas[data-bars]")) redraw();
    });
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["class"] });
  });
})();
