"use strict";
/* Copies the invitation that is shown this once. */

document.getElementById("copy").addEventListener("click", async () => {
  const link = document.getElementById("link");
  link.select();
  await navigator.clipboard.writeText(link.value).catch(() => document.execCommand("copy"));
  document.getElementById("copied").hidden = false;
});
