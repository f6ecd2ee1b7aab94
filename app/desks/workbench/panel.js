/* The panel beside the map: its tabs, and on a phone the sheet that is drawn up by its grip. */

import { all, at } from "../../static/shared/dom.js";

export function panel(city) {
  const tabs = all("[role=tab]");

  function selectTab(name) {
    for (const tab of tabs) {
      const on = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      at(tab.getAttribute("aria-controls")).hidden = !on;
    }
  }

  function turnTabs(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  }

  const SHEETS = ["peek", "half", "full"];

  function setSheet(state) {
    at("panel").dataset.sheet = state;
    if (state === "peek") at("panel").scrollTop = 0;
    at("grip").setAttribute("aria-expanded", String(state !== "peek"));
  }

  function dragSheet() {
    let from = null;
    const grip = at("grip");
    grip.addEventListener(
      "click",
      () => from === null && setSheet(at("panel").dataset.sheet === "peek" ? "half" : "peek"),
    );
    grip.addEventListener("pointerdown", (event) => {
      grip.setPointerCapture(event.pointerId);
      from = { y: event.clientY, height: at("panel").offsetHeight };
    });
    grip.addEventListener("pointermove", (event) => {
      if (from && Math.abs(event.clientY - from.y) > 6)
        at("panel").style.height = `${from.height + from.y - event.clientY}px`;
    });
    grip.addEventListener("pointerup", () => {
      const height = at("panel").style.height && at("panel").offsetHeight / innerHeight;
      at("panel").style.height = "";
      if (height) setSheet(SHEETS[height < 0.28 ? 0 : height < 0.7 ? 1 : 2]);
      setTimeout(() => (from = null));
      if (!height) from = null;
    });
  }

  setSheet("peek");
  dragSheet();
  for (const tab of tabs) {
    tab.addEventListener("keydown", turnTabs);
    tab.addEventListener("click", () => {
      selectTab(tab.id.slice(4));
      if (at("panel").dataset.sheet === "peek") setSheet("half");
    });
  }
  city.on("area", () => setSheet("peek"));
  city.on("found", () => setSheet("peek"));
  city.on("zone", () => (selectTab("zones"), setSheet("half")));
}
