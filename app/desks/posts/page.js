/* Copies the invitation that is shown this once. */

import { at } from "../../static/shared/dom.js";

at("copy").addEventListener("click", async () => {
  const link = at("link");
  link.select();
  await navigator.clipboard.writeText(link.value).catch(() => document.execCommand("copy"));
  at("copied").hidden = false;
});
