"use strict";
/* Pages that follow what happens. An element with data-live-topic="activations" (several: divided by
   blanks) and hx-get is fetched again when an event of the topic comes; data-live-id narrows it to one
   row. The socket carries ids only, the fragment checks rights. data-live-mark shows the state. */
(function () {
  const WAIT_MS = 400;
  const LONGEST_MS = 2000;
  const LOGGED_OUT = 4401;
  const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const SAFETY_NET_MS = 60000;

  const waiting = new Map();
  let tries = 0;
  let wasOpen = false;
  let socket = null;

  function followers() {
    return document.querySelectorAll("[data-live-topic][hx-get]");
  }

  function show(state) {
    for (const mark of document.querySelectorAll("[data-live-mark]")) {
      if (mark.dataset.state === state) continue;
      mark.dataset.state = state;
      mark.textContent = state === "live" ? mark.dataset.live : mark.dataset.reconnecting;
    }
  }

  function fetchAgain(element) {
    waiting.delete(element);
    if (!element.isConnected) return;
    if (document.hidden) {
      waiting.set(element, { since: Date.now(), timer: null });
      return;
    }
    const headers = { "X-Background": "1" };
    window.htmx.ajax("GET", element.getAttribute("hx-get"), { source: element, headers: headers });
  }

  function soon(element) {
    const now = Date.now();
    const entry = waiting.get(element) || { since: now, timer: null };
    clearTimeout(entry.timer);
    const delay = Math.max(0, Math.min(WAIT_MS, entry.since + LONGEST_MS - now));
    entry.timer = setTimeout(fetchAgain, delay, element);
    waiting.set(element, entry);
  }

  function concerns(element, event) {
    if (!element.dataset.liveTopic.split(/\s+/).includes(event.topic)) return false;
    const id = element.dataset.liveId;
    return !id || event.ids.includes(Number(id));
  }

  function heard(message) {
    const event = JSON.parse(message.data);
    for (const element of followers()) if (concerns(element, event)) soon(element);
  }

  function connect() {
    const scheme = window.location.protocol === "https:" ? "wss://" : "ws://";
    socket = new WebSocket(scheme + window.location.host + "/ws/live/");
    socket.addEventListener("open", function () {
      tries = 0;
      show("live");
      if (wasOpen) followers().forEach(soon);
      wasOpen = true;
    });
    socket.addEventListener("message", heard);
    socket.addEventListener("close", function (event) {
      show("reconnecting");
      if (event.code === LOGGED_OUT && wasOpen) {
        // The session has ended, or the rights have changed: session.js looks which.
        document.dispatchEvent(new CustomEvent("session-over", { detail: { rights: true } }));
        return;
      }
      const base = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];
      tries += 1;
      setTimeout(connect, base * (0.75 + Math.random() / 2));
    });
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) for (const element of [...waiting.keys()]) soon(element);
  });

  document.addEventListener("DOMContentLoaded", function () {
    if (!followers().length) return;
    show("reconnecting");
    connect();
    setInterval(function () { if (!document.hidden) followers().forEach(soon); }, SAFETY_NET_MS);
  });
})();
