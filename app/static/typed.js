"use strict";
/* Asks before a page is left on which something was typed into a form and not sent. */

(function () {
  let sent = null;
  addEventListener("submit", ({ target }) => (sent = target));
  addEventListener("beforeunload", (event) => {
    const fields = [...document.querySelectorAll("form :is(textarea, input)")];
    if (fields.some((field) => field.form !== sent && field.value !== field.defaultValue)) event.preventDefault();
  });
})();
