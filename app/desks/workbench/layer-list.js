/* The list of layers in their groups, what each offers to choose, how many rows it has, and the legend of those shown. */

import { at, el, whole } from "../../static/shared/dom.js";
import { fillLegend } from "../../static/shared/legend.js";
import { query } from "../../static/shared/request.js";
import { markSwatch } from "../../static/shared/swatches.js";
import { AREA_LEVELS, AREA_MEASURES, BORDERS } from "../../core/words.py";

export function layerList(city) {
  function showLayers() {
    const groups = new Map();
    for (const layer of city.config.layers) groups.set(layer.group, [...(groups.get(layer.group) ?? []), layer]);
    at("layers").replaceChildren(
      ...[...groups].map(([title, layers]) =>
        el("fieldset", {}, el("legend", {}, title), ...layers.flatMap(layerLine)),
      ),
      prints,
      el("p", { class: "hint" }, `${BORDERS}。`),
    );
  }

  const SHEETS = { community: "区域分布图", zones: "热点图", heat: "热力图", raid: "行动图" };
  const prints = el("fieldset", { id: "prints" });

  const links = (sheet, narrowed = "") =>
    Object.entries({ pdf: "打印 PDF", png: "PNG" }).flatMap(([kind, title]) => [
      " ",
      el("a", { href: `${sheet}.${kind}${narrowed}`, target: "_blank" }, title),
    ]);

  /* The chart of an area, in its own panel. */
  city.chartOf = ({ code }) => el("p", { class: "prints" }, SHEETS.community, ...links(`/charts/${code}`));

  /* Sheets of the chosen area, or of the city. */
  function showPrints() {
    const narrowed = query(city.area ? { area: city.area } : {});
    const line = ([name, title]) => el("div", { class: "layer" }, title, ...links(`/maps/${name}`, narrowed));
    const scope = city.area ? (city.places.names.get(city.area) ?? city.area) : "全市";
    prints.replaceChildren(el("legend", {}, `打印(${scope})`), ...Object.entries(SHEETS).map(line));
  }

  /* The rows of the chosen area, or of the city, as a workbook. */
  function workbook({ source, title }) {
    const narrow = ({ currentTarget }) => (currentTarget.search = query(city.area ? { area: city.area } : {}));
    return el(
      "a",
      {
        href: `/exports/${source}.xlsx`,
        "aria-label": `下载${title}的 Excel 表,全部时间`,
        title: "全部时间",
        download: "",
        onclick: narrow,
      },
      "下载 Excel",
    );
  }

  function layerLine(layer) {
    const box = el("input", { type: "checkbox", id: `layer-${layer.key}`, checked: layer.shown });
    const rows = el("span", { class: "rows muted", "data-rows": layer.key });
    box.addEventListener("change", async () => {
      rows.textContent = box.checked ? "载入中" : "";
      await city.show(layer.key, box.checked);
      if (rows.textContent === "载入中") rows.textContent = "";
    });
    const link = layer.exported ? workbook(layer) : null;
    const line = el("div", { class: "layer" }, box, el("label", { for: box.id }, layer.title), rows, link);
    if (layer.key === "choropleth") return [line, choroplethChoice()];
    return layer.source === "venues" ? [line, kindChoice(layer)] : [line];
  }

  function choroplethChoice() {
    const drawer = city.drawers.get("choropleth");
    const select = (name, label, options) => {
      const node = el(
        "select",
        { "aria-label": label },
        ...options.map(([value, text]) => el("option", { value, selected: drawer.state[name] === value }, text)),
      );
      node.addEventListener("change", async () => {
        drawer.state[name] = node.value;
        at("layer-choropleth").checked = true;
        await city.show("choropleth", true);
      });
      city.on("layers", () => (node.value = drawer.state[name])); // another level where one has no borders
      return node;
    };
    const levels = ["community", "township", "county"].map((level) => [level, `按${AREA_LEVELS[level]}`]);
    const measures = Object.entries(AREA_MEASURES).map(([key, { title }]) => [key, title]);
    return el(
      "div",
      { class: "choice" },
      select("level", "分布的区域", levels),
      select("measure", "分布的指标", measures),
    );
  }

  function kindChoice(layer) {
    const drawer = city.drawers.get(layer.key);
    const boxes = Object.values(city.styles.symbols[layer.source]).map((symbol) => {
      const box = el("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        if (box.checked) drawer.unseen.delete(symbol.title);
        else drawer.unseen.add(symbol.title);
        drawer.restyle();
        city.tell("layers");
      });
      return el("label", {}, box, markSwatch(symbol, city.styles.shapes), symbol.title);
    });
    return el("details", { class: "kinds" }, el("summary", {}, "按类别"), el("div", {}, ...boxes));
  }

  /* The rows of the whole city, which is said where the map shows less, and how many of them have no border yet. */
  function rowsText({ rows, undrawn }) {
    const counted = city.area ? `全市 ${whole(rows)}` : whole(rows);
    return undrawn ? `${counted},待绘边界 ${whole(undrawn)} 个` : counted;
  }

  function showRows() {
    for (const { layer, drawer } of city.visible()) {
      const node = document.querySelector(`[data-rows="${layer.key}"]`);
      if (node && drawer.rows !== undefined) node.textContent = rowsText(drawer);
    }
    fillLegend(city, at("legend-lines"));
  }

  showLayers();
  showPrints();
  city.on("layers", showRows);
  city.on("area", showPrints);
}
