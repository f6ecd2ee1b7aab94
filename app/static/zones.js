"use strict";
/* Graded zones: drawn in colour, pattern and word, and explained in plain sentences. */

wuchuan.GRADES = ["red", "orange", "yellow"];
wuchuan.CAUTION = "红色区域只启动核查和走访,绝不是入户的依据";
wuchuan.UNREVIEWED = "疑似热点(未核定)";

wuchuan.draw.zones = function (city, layer, group) {
  const renderer = L.svg({ pane: "zones", padding: 0.3 });
  const grades = city.styles.grades;
  const letter = (grade) => grades[grade].title[0];
  const kinds = {};
  for (const grade of [...wuchuan.GRADES, "expired"])
    kinds[`mark-${grade}`] = { font: "600 11px inherit", height: 18, from: 0, to: 99, dot: true };
  let zones = [];
  let chosen = null;
  const kept = (zone) => city.inArea(zone.properties);
  const isReviewed = (zone) => Boolean(zone.properties.reviewed_on);
  const UNREVIEWED_DASH = "7 4";
  const faded = city.styles.expired;
  const fadedLine = () => (city.dark ? faded.line_dark : faded.line);
  const style = ({ properties: { zone_id, grade, reviewed_on, expired } }) => ({
    color: expired ? fadedLine() : city.dark ? grades[grade].line_dark : grades[grade].line,
    weight: (expired ? faded : grades[grade]).width + (zone_id === chosen ? 2.5 : 0),
    dashArray: reviewed_on ? null : UNREVIEWED_DASH,
    fillColor: expired ? faded.fill : `url(#zone-${grade})`,
    fillOpacity: expired ? 0.3 : 1,
  });
  const drawer = wuchuan.features(city, layer, group, {
    address: () => ({}),
    build(collection) {
      zones = collection.features.filter((f) => f.geometry).sort(wuchuan.byGrade);
      const shapes = L.geoJSON(
        { type: "FeatureCollection", features: [...zones].reverse() },
        {
          filter: kept,
          style: (f) => ({ ...style(f), renderer, interactive: false, className: `zone ${wuchuan.zoneClass(f.properties)}` }),
        },
      );
      shapes.once("add", definePatterns);
      city.labels.set("zones", zones.map(mark), kinds);
      return shapes;
    },
    pick: (_, { latlng }) =>
      zones
        .filter((zone) => kept(zone) && (wuchuan.holds(zone.geometry, latlng) || nearMark(zone, latlng)))
        .map((zone) => ({ zone })),
    legend() {
      const [shown, gone] = wuchuan.parted(zones.filter(kept));
      const lines = wuchuan.GRADES.filter((grade) => shown.some((zone) => zone.properties.grade === grade)).map(
        (grade) => ({ swatch: wuchuan.gradeSwatch(grade, grades[grade], city.dark), text: grades[grade].title }),
      );
      if (gone.length) lines.push({ swatch: wuchuan.boxSwatch(`${faded.fill}4d`, fadedLine()), text: faded.title });
      const edge = { color: city.styles[city.dark ? "dark" : "light"].ink, weight: 1.6 };
      const broken = { swatch: wuchuan.lineSwatch({ ...edge, dashArray: UNREVIEWED_DASH }), text: "虚线边:未核定" };
      return [...shown, ...gone].every(isReviewed) ? lines : [...lines, broken];
    },
    after: () => city.tell("zones"),
  });
  group.on("remove", () => city.labels.set("zones", [], kinds));
  group.on("add", () => drawer.restyle());
  return Object.assign(drawer, {
    title() {
      const standing = [zones.some(isReviewed) && "重点关注区", !zones.every(isReviewed) && wuchuan.UNREVIEWED];
      return standing.filter(Boolean).join("和") || wuchuan.UNREVIEWED;
    },
    all: () => zones.filter(kept),
    choose(zone) {
      chosen = zone?.properties.zone_id ?? null;
      drawer.restyle();
      if (zone) city.look(L.geoJSON(zone).getBounds(), 15);
    },
  });

  function mark(zone) {
    const { grade, expired } = zone.properties;
    return {
      latlng: inside(zone),
      area_code: zone.properties.area_code,
      text: expired ? faded.title : letter(grade),
      kind: `mark-${wuchuan.zoneClass(zone.properties)}`,
      rank: expired ? wuchuan.GRADES.length : wuchuan.GRADES.indexOf(grade),
    };
  }
  function inside(zone) {
    return (zone.inside ??= wuchuan.insidePoint(zone.geometry));
  }
  function nearMark(zone, latlng) {
    return city.map.latLngToLayerPoint(inside(zone)).distanceTo(city.map.latLngToLayerPoint(latlng)) <= 11;
  }
  function definePatterns() {
    const root = renderer._container;
    root?.querySelector("defs")?.remove();
    root?.prepend(
      wuchuan.svg("defs", {}, ...wuchuan.GRADES.map((g) => wuchuan.gradePattern(g, grades[g], "zone-", city.dark))),
    );
  }
};

/* Zones that have lapsed come last. */
wuchuan.byGrade = ({ properties: a }, { properties: b }) =>
  a.expired - b.expired ||
  wuchuan.GRADES.indexOf(a.grade) - wuchuan.GRADES.indexOf(b.grade) || b.score - a.score;

/* Its number on one day's map, as on the printed one. */
wuchuan.zoneNumber = ({ zone_id }) => zone_id.split("-").at(-1);

/* A zone that has lapsed stays on the map until an analysis, says so, and counts for nothing. */
wuchuan.zoneClass = ({ grade, expired }) => (expired ? "expired" : grade);
wuchuan.parted = (zones) => [zones.filter((z) => !z.properties.expired), zones.filter((z) => z.properties.expired)];

/* The explanation of a zone as nodes: standing, why, evidence, dates, and what it may not be used for. */
wuchuan.explainZone = function (city, zone) {
  const p = zone.properties;
  const grade = city.styles.grades[p.grade];
  const standing = p.reviewed_on ? `重点关注区(${p.reviewed_on} 核定)` : wuchuan.UNREVIEWED;
  const lapsed = p.expired ? `,${p.expires_on} ${city.styles.expired.title}` : "";
  const head = wuchuan.el(
    "header",
    { class: `zone-head ${wuchuan.zoneClass(p)}` },
    wuchuan.gradeSwatch(p.grade, grade, city.dark),
    wuchuan.el("h2", {}, city.areaName(p)),
    wuchuan.el("p", {}, wuchuan.el("strong", {}, grade.title), ` ${wuchuan.zoneNumber(p)} 号 ${standing}${lapsed}`),
  );
  const why = wuchuan.el("section", {}, wuchuan.el("h3", {}, `为什么是${grade.title}`));
  why.append(wuchuan.el("ul", {}, ...(p.reasons ?? []).map((reason) => wuchuan.el("li", {}, reason))));
  return [head, why, wuchuan.zoneFacts(city, p), wuchuan.el("p", { class: "caution" }, `${wuchuan.CAUTION}。`)];
};

/* Periods are told by their last day and kept by the day after. */
wuchuan.dayBefore = (day) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);

wuchuan.zoneFacts = function (city, p) {
  const percent = (share) => `${Math.round(100 * share)}%`;
  const number = (value, digits) => value.toLocaleString("zh-CN", { maximumFractionDigits: digits });
  /* Zones kept from before the parts were stored have none. */
  const parts =
    p.tips_score == null
      ? null
      : `线索 ${number(p.tips_score, 2)},检查未发现 ${number(p.checks_score, 2)},执法发现 ${number(p.raids_score, 2)}`;
  const rows = [
    ["统计期间", `${p.since} 至 ${wuchuan.dayBefore(p.until)}`],
    ["范围半径", `${Math.round(p.radius_m)} 米`],
    ["线索", `${p.tips} 条`],
    ["独立来源", `${p.sources} 个`],
    ["发现", `${p.findings ?? 0} 次`],
    ["按底数应有来源", p.expected == null ? null : `${number(p.expected, 1)} 个`],
    ["今后同期预计", p.likely == null ? null : `${number(p.likely, 1)} 个来源(已收缩)`],
    ["最近证实", p.last_confirmed_on ?? "尚无"],
    [p.reviewed_on ? "失效日期" : "无新证据则失效", p.expires_on],
    ["其中依据本单位行动", p.own_raid_share == null ? null : percent(p.own_raid_share)],
    ["分值", p.score == null ? null : number(p.score, 2)],
    ["分值构成", parts],
    ["举报率与全市之比", p.reporting == null ? null : number(p.reporting, 2)],
    ["状态截至", city.stamp()],
    ["算法版本", p.method],
  ];
  return wuchuan.facts(rows);
};

/* A list of terms and values; rows without a value are left out. */
wuchuan.facts = function (rows) {
  const list = wuchuan.el("dl", { class: "facts" });
  for (const [term, value] of rows)
    if (value !== null && value !== undefined && value !== "")
      list.append(wuchuan.el("div", {}, wuchuan.el("dt", {}, term), wuchuan.el("dd", {}, String(value))));
  return list;
};
