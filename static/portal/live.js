"use strict";
/* Pages that follow what happens. An element with data-live-topic="activations" (several: divided by
   blanks) and hx-get is fetched again when an event of the topic comes; data-live-id narrows it to one
   row. The socket carries ids only, the fragment checks rights. data-live-mark shows the state, a button
   with data-live-pause holds all of them. What is read is left alone: a part with selected text, and one
   with data-live-calm whose details are open, waits. Whoever has scrolled or moved the focus stays there. */
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
  let state = "reconnecting";
  let isPaused = false;

  function followers() {
    return document.querySelectorAll("[data-live-topic][hx-get]");
  }

  function show(news) {
    if (news) state = news;
    const shown = isPaused ? (waiting.size ? "missed" : "paused") : state;
    for (const mark of document.querySelectorAll("[data-live-mark]")) {
      if (mark.dataset.state === shown) continue;
      mark.dataset.state = shown;
      mark.textContent = mark.dataset[shown];
    }
  }

  function isRead(element) {
    const selection = window.getSelection();
    if (!selection.isCollapsed && element.contains(selection.anchorNode)) return true;
    return "liveCalm" in element.dataset && element.querySelector("details[open]") !== null;
  }

  function mustWait(element) {
    return isPaused || document.hidden || isRead(element);
  }

  function fetchAgain(element) {
    waiting.delete(element);
    if (!element.isConnected) return;
    if (mustWait(element)) {
      waiting.set(element, { since: Date.now(), timer: null });
      show();
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

  function goOn() {
    for (const element of [...waiting.keys()]) if (!mustWait(element)) soon(element);
  }

  function pause(button) {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    show();
    if (!isPaused) goOn();
  }

  /* Where the reader is: the first row in sight, by its id, and the link or button with the focus. */
  function placeIn(element) {
    const rows = [...element.querySelectorAll("[id]")];
    const isScrolled = element.getBoundingClientRect().top < 0;
    const row = isScrolled && rows.find(function (one) { return one.getBoundingClientRect().bottom > 0; });
    const focused = element.contains(document.activeElement) && document.activeElement;
    const near = focused && focused.closest("[id]");
    return {
      row: row ? row.id : "",
      top: row ? row.getBoundingClientRect().top : 0,
      near: near ? near.id : "",
      href: focused ? focused.getAttribute("href") : null,
    };
  }

  function goBack(place) {
    const row = place.row && document.getElementById(place.row);
    if (row) window.scrollBy({ top: row.getBoundingClientRect().top - place.top, behavior: "instant" });
    const near = place.near && document.getElementById(place.near);
    if (!near || place.href === null) return;
    const link = near.querySelector('[href="' + CSS.escape(place.href) + '"]');
    if (link) link.focus({ preventScroll: true });
  }

  const places = new Map();

  document.addEventListener("htmx:beforeRequest", function (event) {
    const element = event.detail.elt;
    if (!element.matches("[data-live-topic][hx-get]") || !mustWait(element)) return;
    event.preventDefault();
    waiting.set(element, { since: Date.now(), timer: null });
    show();
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    const element = event.detail.target;
    if (element.matches("[data-live-topic][hx-get]") && element.id) places.set(element.id, placeIn(element));
  });

  document.addEventListener("htmx:afterSettle", function () {
    for (const place of places.values()) goBack(place);
    places.clear();
    // A mark inside of what was fetched came without its state.
    show();
  });

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-live-pause]");
    if (button) pause(button);
  });

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) goOn();
  });
  document.addEventListener("selectionchange", goOn);
  document.addEventListener("toggle", goOn, true);

  document.addEventListener("DOMContentLoaded", function () {
    if (!followers().length) return;
    show("reconnecting");
    connect();
    setInterval(function () { if (!document.hidden) followers().forEach(soon); }, SAFETY_NET_MS);
  });
})();
