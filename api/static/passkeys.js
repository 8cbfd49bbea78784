// Passkeys: a form marked data-passkey asks the device when it is sent, and goes out with the device's answer.
// Without scripts, or where the browser knows no passkeys, these forms stay hidden and every other way in still works.
"use strict";
(() => {
  const able = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  if (!able) return;
  for (const words of document.querySelectorAll("[data-without-passkeys]")) words.hidden = true;

  async function answer(form) {
    const response = await fetch(form.dataset.passkey, { method: "POST" });
    if (!response.ok) throw new Error(response.statusText);
    const { token, options } = await response.json();
    const credential = form.hasAttribute("data-make")
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.token.value = token;
    form.elements.credential.value = JSON.stringify(credential.toJSON());
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = form.querySelector("[role=alert]");
      said.hidden = true;
      try {
        await answer(form);
        form.submit(); // does not come back here
      } catch {
        said.hidden = false; // cancelled, timed out or refused: the browser has said which
      }
    });
  }
})();
