/* Graded zones in words: their order, standing and explanation. */

import { dayBefore } from "./days.js";
import { el, facts } from "./dom.js";
import { gradeSwatch } from "./swatches.js";
import { CAUTION, EXPECTED_TITLE, GRADES, REPORTING_TITLE, REVIEWED, SUSPECTED } from "../../core/words.py";

/* Zones that have lapsed come last. */
export const byGrade = ({ properties: a }, { properties: b }) =>
  a.expired - b.expired || GRADES.indexOf(a.grade) - GRADES.indexOf(b.grade) || b.score - a.score;

/* Its number on one day's map, as on the printed one. */
export const zoneNumber = ({ zone_id }) => zone_id.split("-").pop();

/* A zone that has lapsed stays on the map until an analysis, says so, and counts for nothing. */
export const zoneClass = ({ grade, expired }) => (expired ? "expired" : grade);

export const parted = (zones) => [
  zones.filter((z) => !z.properties.expired),
  zones.filter((z) => z.properties.expired),
];

/* The explanation of a zone as nodes: standing, why, evidence, dates, and what it may not be used for. */
export function explainZone(city, zone) {
  const p = zone.properties;
  const grade = city.styles.grades[p.grade];
  const standing = p.reviewed_on ? `${REVIEWED}(${p.reviewed_on} 核定)` : SUSPECTED;
  const lapsed = p.expired ? `,${p.expires_on} ${city.styles.expired.title}` : "";
  const head = el(
    "header",
    { class: `zone-head ${zoneClass(p)}` },
    gradeSwatch(p.grade, grade, city.dark),
    el("h2", {}, city.places.nameOf(p)),
    el("p", {}, el("strong", {}, grade.title), ` ${zoneNumber(p)} 号 ${standing}${lapsed}`),
  );
  const why = el("section", {}, el("h3", {}, `为什么是${grade.title}`));
  why.append(el("ul", {}, ...(p.reasons ?? []).map((reason) => el("li", {}, reason))));
  return [head, why, zoneFacts(city, p), el("p", { class: "caution" }, `${CAUTION}。`)];
}

export function zoneFacts(city, p) {
  const percent = (share) => `${Math.round(100 * share)}%`;
  const number = (value, digits) => value.toLocaleString("zh-CN", { maximumFractionDigits: digits });
  /* Zones kept from before the parts were stored have none. */
  const parts =
    p.tips_score == null
      ? null
      : `线索 ${number(p.tips_score, 2)},检查未发现 ${number(p.checks_score, 2)},执法发现 ${number(p.raids_score, 2)}`;
  const rows = [
    ["统计期间", `${p.since} 至 ${dayBefore(p.until)}`],
    ["范围半径", `${Math.round(p.radius_m)} 米`],
    ["线索", `${p.tips} 条`],
    ["独立来源", `${p.sources} 个`],
    ["发现", `${p.findings ?? 0} 次`],
    [EXPECTED_TITLE, p.expected == null ? null : `${number(p.expected, 1)} 个`],
    ["今后同期预计", p.likely == null ? null : `${number(p.likely, 1)} 个来源(已收缩)`],
    ["最近证实", p.last_confirmed_on ?? "尚无"],
    [p.reviewed_on ? "失效日期" : "无新证据则失效", p.expires_on],
    ["其中依据本单位行动", p.own_raid_share == null ? null : percent(p.own_raid_share)],
    ["分值", p.score == null ? null : number(p.score, 2)],
    ["分值构成", parts],
    [REPORTING_TITLE, p.reporting == null ? null : number(p.reporting, 2)],
    ["状态截至", city.stamp()],
    ["算法版本", p.method],
  ];
  return facts(rows);
}
