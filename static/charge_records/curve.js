// Power and energy of a session over time. The data stand in a JSON script beside the element.
(() => {
  "use strict";

  function draw(box) {
    const data = JSON.parse(document.getElementById(box.dataset.curve).textContent);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--cy-quiet"), grid: { stroke: colour("--cy-line"), width: 1 }, ticks: { stroke: colour("--cy-line") } };
    const number = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 3 });
    const time = new Intl.DateTimeFormat(data.locale, { timeStyle: "medium", timeZone: data.time_zone });
    const shown = (u, value) => (value === null || value === undefined ? "–" : number.format(value));
    const options = {
      width: box.clientWidth,
      height: 288,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), data.time_zone),
      scales: { x: { time: true }, kW: { range: (u, low, high) => [Math.min(0, low), (high || 1) * 1.05] }, kWh: { range: (u, low, high) => [Math.min(0, low), (high || 1) * 1.05] } },
      axes: [
        { ...axis, values: (u, ticks) => ticks.map((tick) => time.format(tick * 1e3).replace(/:\d\d(?=\D*$)/, "")) },
        { ...axis, scale: "kW", size: 56, label: data.labels.power, labelSize: 20, values: (u, ticks) => ticks.map((tick) => number.format(tick)) },
        { ...axis, scale: "kWh", side: 1, size: 56, label: data.labels.energy, labelSize: 20, grid: { show: false }, values: (u, ticks) => ticks.map((tick) => number.format(tick)) },
      ],
      series: [
        { value: (u, value) => (value === null ? "–" : time.format(value * 1e3)), label: data.labels.time },
        { label: data.labels.power, scale: "kW", stroke: colour("--color-primary-500"), fill: colour("--color-primary-600").replace(")", " / 0.18)"), width: 2, spanGaps: true, value: shown },
        { label: data.labels.energy, scale: "kWh", stroke: colour("--cy-warn-line"), width: 2, dash: [6, 3], spanGaps: true, value: shown },
      ],
    };
    box.replaceChildren();
    return new uPlot(options, [data.times, data.power_kw, data.energy_kwh], box);
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-curve]").forEach((box) => {
      let plot = draw(box);
      new ResizeObserver(() => { if (plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: 288 }); }).observe(box);
      // The theme switches between light and dark without a reload.
      new MutationObserver(() => { plot.destroy(); plot = draw(box); }).observe(document.documentElement, { attributeFilter: ["class"] });
    });
  });
})();
