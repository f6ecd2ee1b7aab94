/* Asks before a page is left on which something was typed into a form and not sent. */

import { all } from "./dom.js";

export function guardTyped() {
  let sent = null;
  addEventListener("submit", ({ target }) => (sent = target));
  addEventListener("beforeunload", (event) => {
    const fields = all("form textarea, form input");
    if (fields.some((field) => field.form !== sent && field.value !== field.defaultValue)) event.preventDefault();
  });
}
