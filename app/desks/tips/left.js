/* The contact that a caller leaves, as the form for telephone tips sends it. */

import { at } from "../../static/shared/dom.js";
import { sealed } from "../../static/shared/seal.js";
import { config } from "./common.js";

/** @type {{text: string, contact?: object}} */
let last = { text: "" };

/* Sealed once for each text, so that a form that is sent again says the same; in plain where it cannot be sealed here. */
export async function leftContact() {
  const text = at("contact")?.value.trim();
  if (!text) return {};
  if (last.text !== text) last = { text, contact: await told(text) };
  return { contact: last.contact };
}

async function told(text) {
  const { desk_key, public_key } = config.key;
  const contact = await sealed(text, public_key).catch(() => null);
  return contact ? { desk_key: String(desk_key), ...contact } : { plain: text };
}
