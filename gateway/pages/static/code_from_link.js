// Quietly better: the code behind the # of a one-time link goes into the form, and out of the address and the history.
// Nothing is sent by itself: programs that open links to look at them must not use them up, and nobody is signed in unasked.
"use strict";

const form = document.querySelector("form[data-code]");

function takeCode() {
  const code = location.hash.slice(1);
  if (form && code !== "content" && /^[\w-]+$/.test(code)) {
    history.replaceState(null, "", location.pathname);
    form.elements.code.value = code;
    form.querySelector("button").focus();
  }
}

takeCode();
addEventListener("hashchange", takeCode);
