/* The list of graded zones, the first of them below the county table, and the explanation of the one that is opened. */

import { at, el } from "../../static/shared/dom.js";
import { gradeSwatch } from "../../static/shared/swatches.js";
import { CAUTION, GRADES } from "../../core/words.py";
import { explainZone, parted, zoneClass, zoneNumber } from "../../static/shared/zones.js";
import { review } from "./review.js";

export function zoneList(city) {
  const zoneDrawer = city.drawers.get("risk_zones");
  let opened = null;
  let asked = decodeURIComponent(/^#zone=(.+)$/.exec(location.hash)?.[1] ?? "");

  function showZones() {
    const zones = zoneDrawer.all();
    const [standing, gone] = parted(zones);
    showFirstZones();
    at("tab-zones").textContent = standing.length ? `热点 ${standing.length}` : "热点";
    const counts = GRADES.map((grade) => [grade, standing.filter((z) => z.properties.grade === grade).length]);
    const chips = counts.map(([grade, count]) =>
      el(
        "li",
        { class: grade },
        gradeSwatch(grade, city.styles.grades[grade], city.dark),
        `${city.styles.grades[grade].title} ${count}`,
      ),
    );
    if (gone.length) chips.push(el("li", {}, `${city.styles.expired.title} ${gone.length}`));
    at("zones").replaceChildren(
      el(
        "div",
        { class: "caption" },
        el("h2", {}, zoneDrawer.title()),
        el("p", { class: "muted" }, `状态截至 ${city.stamp()}`),
      ),
      el("p", { class: "hint" }, "热点以状态截至日为准,不随时间滑块变化。"),
      el("ul", { class: "chips" }, ...chips),
      zones.length
        ? el("ol", { class: "zone-list" }, ...zones.map(zoneLine))
        : el("p", { class: "empty" }, "这里现在没有稳定的热点。"),
      el("p", { class: "caution" }, `${CAUTION}。`),
    );
  }

  function showFirstZones() {
    const first = parted(zoneDrawer.all())[0].slice(0, 4);
    const lines = first.length
      ? [el("h2", {}, "最先核查"), el("ol", { class: "zone-list" }, ...first.map(zoneLine))]
      : [];
    at("first-zones")?.replaceChildren(...lines);
  }

  function zoneLine(zone) {
    const p = zone.properties;
    const grade = city.styles.grades[p.grade];
    const standing = [p.reviewed_on && "已核定", p.expired && city.styles.expired.title].filter(Boolean).join(" ");
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick: () => city.tell("zone", zone) },
        el("span", { class: `grade-mark ${zoneClass(p)}` }, grade.title[0]),
        el("span", { class: "zone-number" }, zoneNumber(p)),
        el("span", { class: "name" }, city.places.nameOf(p), el("small", { class: "muted" }, ` ${standing}`)),
        el("span", { class: "muted" }, `${p.tips} 条线索,${p.sources} 个来源`),
      ),
    );
  }

  function openZone(zone) {
    opened = zone;
    zoneDrawer.choose(zone);
    city.map.closePopup();
    const back = el(
      "button",
      { type: "button", class: "link", onclick: () => (closeZone(), at("tab-zones").focus()) },
      "返回清单",
    );
    at("zones").replaceChildren(back, ...explainZone(city, zone), review(city, zone));
    back.focus({ preventScroll: true });
    at("panel").scrollTop = 0;
  }

  function closeZone() {
    opened = null;
    zoneDrawer.choose(null);
    showZones();
  }

  /* Fresh zones arrive while one is open, after its review for instance: it is shown as it has become. */
  function freshZones() {
    const wanted = zoneDrawer.all().find((z) => z.properties.zone_id === asked);
    if (wanted) {
      asked = "";
      return city.tell("zone", wanted);
    }
    if (!opened) return showZones();
    const same = zoneDrawer.all().find((z) => z.properties.zone_id === opened.properties.zone_id);
    if (!same) closeZone();
    else if (JSON.stringify(same.properties) !== JSON.stringify(opened.properties)) openZone(same);
  }

  city.on("zones", freshZones);
  city.on("names", () => opened || showZones());
  city.on("counties", showFirstZones);
  city.on("area", closeZone);
  city.on("zone", openZone);
}
