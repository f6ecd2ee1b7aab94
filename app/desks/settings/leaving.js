/* Waits until the service has gone and come back as another city, and enters it. */

import { at } from "../../static/shared/dom.js";

const LOOK_MS = 300;
const PATIENCE_MS = 40000; // it may have come back between two looks
const since = Date.now();
let isGone = false;

look();

async function look() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (!answer) isGone = true;
  if (answer && (isGone || Date.now() - since > PATIENCE_MS)) location.replace(at("leaving").dataset.next);
  else setTimeout(look, LOOK_MS);
}
