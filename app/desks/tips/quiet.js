/* Forms sent without leaving the page: neither what was typed nor what came back stands in the browser's history.
   Without a script they are sent as ever. */

import { all, el, one } from "../../static/shared/dom.js";
import { pageOf } from "../../static/shared/request.js";

/**
 * ``shown`` runs for the page as it is and after each answer that takes its place, ``before`` with what is to be sent.
 *
 * @param {() => void} [shown]
 * @param {(fields: FormData) => Promise<void>} [before]
 */
export function quiet(shown = () => {}, before = async () => {}) {
  for (const form of all("main form"))
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form, shown, before);
    });
  shown();
}

async function send(form, shown, before) {
  const [button] = form.getElementsByTagName("button");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const fields = new FormData(form);
    await before(fields);
    const answer = await pageOf(form.action, fields);
    one("main").replaceWith(answer);
    scrollTo(0, 0);
    quiet(shown, before);
  } catch (error) {
    say(form, error.message);
    form.elements.names?.remove(); // the second press goes on
    button.disabled = false;
  }
}

function say(form, sentence) {
  one("main .fault")?.remove();
  form.before(el("p", { class: "fault", role: "alert" }, sentence));
  one("main .fault").scrollIntoView({ block: "nearest" });
}

/* A page that is left is kept by no browser with what stood on it. */
addEventListener("pagehide", () => one("main").replaceChildren());
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
