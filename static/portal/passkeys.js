// Passkeys: a form fetches a challenge, the browser answers it, the form carries the answer.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const withBytes = (list) => (list || []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

  async function ask(form) {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const response = await fetch(form.dataset.options, {
      method: "POST",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
      credentials: "same-origin",
    });
    const isJson = (response.headers.get("Content-Type") || "").includes("json");
    const answer = isJson ? await response.json() : {};
    if (answer.error) throw Object.assign(new Error(), { said: answer.error });
    // Somebody who must prove who it is first is led to another page.
    if (response.redirected || !answer.publicKey) throw new Error("no challenge");
    return answer.publicKey;
  }

  async function make(options) {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    };
    const made = await navigator.credentials.create({ publicKey });
    return {
      ...common(made),
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  }

  async function use(options) {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    };
    const used = await navigator.credentials.get({ publicKey });
    const handle = used.response.userHandle;
    return {
      ...common(used),
      response: {
        clientDataJSON: text(used.response.clientDataJSON),
        authenticatorData: text(used.response.authenticatorData),
        signature: text(used.response.signature),
        userHandle: handle && handle.byteLength ? text(handle) : null,
      },
    };
  }

  function common(credential) {
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  function say(form, error) {
    const place = form.querySelector("[data-passkey-error]");
    const known = error.name === "InvalidStateError" && form.dataset.known;
    place.textContent = error.said || known || form.dataset.failed;
    place.hidden = false;
  }

  async function answer(form) {
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    form.querySelector("[data-passkey-error]").hidden = true;
    try {
      const options = await ask(form);
      const credential = await (form.dataset.passkey === "make" ? make(options) : use(options));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      say(form, error);
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-passkey]")) return;
    event.preventDefault();
    answer(event.target);
  });

  function open() {
    for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = false;
    for (const note of document.querySelectorAll("[data-passkey-missing]")) note.hidden = true;
    for (const line of document.querySelectorAll("[data-passkey-or]")) line.hidden = false;
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", open);
  else open();
})();
