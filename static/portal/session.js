"use strict";
/* The end of the session: a warning some minutes before, and what to do after it. Several tabs tell each
   other; the server has the last word. What a page fetches by itself says so and prolongs nothing. */
(function () {
  const WARNING_S = 300;
  const SAID_AT_S = [240, 180, 120, 60, 30, 10];
  const BACKGROUND = { "X-Background": "1" };
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;

  let dialog = null;
  let endsAt = 0;
  let timer = null;
  let isOver = false;
  let isPutOff = false;
  let isAsking = false;
  let isDirty = false;

  const part = (name) => dialog.querySelector("[data-part=" + name + "]");
  const leftS = () => Math.max(0, Math.round((endsAt - Date.now()) / 1000));

  function when(state, holds) {
    for (const element of dialog.querySelectorAll("[data-if=" + state + "]")) element.hidden = !holds;
  }

  function open(name) {
    for (const one of ["warning", "over"]) {
      part(one).hidden = one !== name;
      const title = part(one).querySelector("[data-title]");
      if (one === name) title.id = "sh-session-title";
      else title.removeAttribute("id");
    }
    if (!dialog.open) dialog.showModal();
  }

  function close() {
    dialog.querySelector("[data-said]").textContent = "";
    if (dialog.open) dialog.close();
  }

  function say(text) {
    dialog.querySelector("[data-said]").textContent = text;
  }

  function sayLeft(left) {
    const words = left >= 60 ? dialog.dataset.minutes + " " + left / 60 : dialog.dataset.seconds + " " + left;
    if (SAID_AT_S.includes(left)) say(words);
  }

  async function ask(url, options) {
    const headers = { ...BACKGROUND, ...(options && options.headers) };
    return fetch(url, { credentials: "same-origin", ...options, headers });
  }

  function csrfToken() {
    const field = document.querySelector("input[name=csrfmiddlewaretoken]");
    return field ? field.value : "";
  }

  /* The log-in made a new token; forms that stayed open need it. */
  function renewTokens(token) {
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
  }

  function take(state) {
    endsAt = Date.now() + state.left_s * 1000;
    when("can-stay", state.can_stay);
    when("cannot-stay", !state.can_stay);
    renewTokens(state.csrf);
  }

  /* Another tab may have prolonged the session, so the server is asked before anything is shown. */
  async function look() {
    if (isAsking) return;
    isAsking = true;
    try {
      const answer = await ask(dialog.dataset.stateUrl);
      if (answer.status === 401) return showOver();
      if (!answer.ok) return;
      const state = await answer.json();
      if (String(state.user) !== dialog.dataset.user) return window.location.reload();
      take(state);
      if (leftS() > WARNING_S) {
        isPutOff = false;
        if (!isOver) close();
      } else if (!isPutOff && !isOver) {
        showWarning();
      }
    } catch {
      // Offline: the next turn asks again.
    } finally {
      isAsking = false;
    }
  }

  function showWarning() {
    paint();
    open("warning");
  }

  function paint() {
    const left = leftS();
    const seconds = String(left % 60).padStart(2, "0");
    dialog.querySelector("[data-countdown]").textContent = Math.floor(left / 60) + ":" + seconds;
    sayLeft(left);
  }

  function showOver() {
    isOver = true;
    clearInterval(timer);
    const here = window.location.pathname + window.location.search;
    const login = dialog.dataset.loginUrl + "?" + new URLSearchParams({ next: here });
    for (const link of dialog.querySelectorAll("[data-login]")) link.href = login;
    when("dirty", isDirty);
    when("clean", !isDirty);
    say("");
    open("over");
  }

  function turn() {
    if (isOver) return;
    const left = leftS();
    if (dialog.open && left > 0) return paint();
    if (left <= (isPutOff ? 0 : WARNING_S)) look();
  }

  async function stay() {
    const answer = await ask(dialog.dataset.stayUrl, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
    if (answer.status === 401) return showOver();
    if (!answer.ok) return look();
    take(await answer.json());
    isPutOff = false;
    close();
    if (leftS() <= WARNING_S) showWarning();
    tell({ endsAt: endsAt });
  }

  /* After a log-in in another tab the page goes on with what was typed. */
  async function goOn() {
    const answer = await ask(dialog.dataset.stateUrl);
    if (answer.status === 401) return say(dialog.dataset.notYet);
    if (!answer.ok) return;
    const state = await answer.json();
    if (String(state.user) !== dialog.dataset.user) return window.location.reload();
    isOver = false;
    take(state);
    close();
    start();
  }

  function tell(message) {
    if (tabs) tabs.postMessage({ user: dialog.dataset.user, ...message });
  }

  function heard(event) {
    if (event.data.user !== dialog.dataset.user) return;
    if (isOver) goOn();
    else if (event.data.endsAt > endsAt) {
      endsAt = event.data.endsAt;
      isPutOff = false;
      if (leftS() > WARNING_S) close();
    }
  }

  function start() {
    clearInterval(timer);
    timer = setInterval(turn, 1000);
  }

  /* What no person caused is marked, so that an open page alone keeps nobody signed in. */
  document.addEventListener("htmx:configRequest", function (event) {
    const cause = event.detail.triggeringEvent;
    if (!cause || !cause.isTrusted) Object.assign(event.detail.headers, BACKGROUND);
  });

  document.addEventListener("DOMContentLoaded", function () {
    dialog = document.getElementById("sh-session");
    if (!dialog) return;
    endsAt = Date.now() + Number(dialog.dataset.left) * 1000;
    dialog.addEventListener("cancel", function (event) {
      if (isOver) event.preventDefault();
      else isPutOff = true;
    });
    dialog.addEventListener("click", function (event) {
      if (event.target.closest("[data-stay]")) stay();
      if (event.target.closest("[data-go-on]")) goOn();
      if (event.target.closest("[data-close]")) {
        isPutOff = true;
        close();
      }
    });
    document.addEventListener("input", function (event) {
      const form = event.target.form;
      if (form && form.method === "post" && !dialog.contains(event.target)) isDirty = true;
    });
    document.addEventListener("visibilitychange", function () {
      if (!document.hidden && !isOver && leftS() <= WARNING_S) look();
    });
    document.addEventListener("session-over", async function (event) {
      await look();
      // Still signed in, so what the person may see has changed.
      if (!isOver && event.detail && event.detail.rights) window.location.reload();
    });
    if (tabs) tabs.addEventListener("message", heard);
    tell({ endsAt: endsAt });
    start();
    turn();
  });
})();
