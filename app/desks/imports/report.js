/* What an import would change, and what became of it. */

import { at, el } from "../../static/shared/dom.js";
import { fields, show } from "./common.js";

const MOST_FAULTS = 200;
const COUNTS = { accepted: "新增", updated: "更新", unchanged: "未变", skipped: "跳过(非数据行)" };

export function showReport(told, id) {
  const rows = new Set(told.refused.map((fault) => `${fault.sheet} ${fault.row}`)).size;
  const counts = Object.entries(COUNTS).map(([name, title]) => count(title, told[name], told[name] ? "some" : ""));
  at("whole").textContent = told.file ? `整个文件没有导入:${told.file.sentence}` : "";
  at("whole").hidden = !told.file;
  at("counts").replaceChildren(...counts, count("未导入的行", rows, rows ? "lost" : ""));
  at("counts").hidden = Boolean(told.file);
  at("fetch").hidden = !rows;
  at("refused").href = `/api/uploads/${id}/refused.xlsx`;
  at("faults").tBodies[0].replaceChildren(...told.refused.slice(0, MOST_FAULTS).map(fault));
  at("faults-part").hidden = !told.refused.length;
  const warnings = told.warnings.slice(0, MOST_FAULTS).map((one) => el("li", {}, where(one), one.sentence));
  const more = told.warnings.length - warnings.length;
  at("warnings").replaceChildren(...warnings, ...(more > 0 ? [el("li", {}, `另有 ${more} 条`)] : []));
  at("warnings-part").hidden = !told.warnings.length;
  show("report");
  at("done").focus();
}

function count(title, value, className) {
  return el("div", { class: className }, el("dt", {}, title), el("dd", {}, value.toLocaleString("zh-CN")));
}

function fault(one) {
  const cells = [one.sheet ?? "", one.row ?? "", titled(one.field), one.value ?? "", one.sentence];
  return el("tr", {}, ...cells.map((cell, place) => el("td", { class: place === 1 ? "number" : "" }, String(cell))));
}

function where(one) {
  return one.row === null ? "" : `${one.sheet ? `“${one.sheet}”` : ""}第 ${one.row} 行:`;
}

/* One sentence on what the import would change. */
export function difference(report) {
  if (report.file) return `整个文件不会导入:${report.file.sentence}`;
  const rows = (faults) => new Set(faults.map(({ sheet, row }) => `${sheet} ${row}`)).size;
  const clashing = report.refused.filter(({ kind }) => kind === "conflict");
  const refused = rows(report.refused) - rows(clashing);
  const kept = `导入会新增 ${report.accepted} 行,更新 ${report.updated} 行,${report.unchanged} 行未变`;
  const lost = clashing.length ? `;${rows(clashing)} 行有冲突:同一格在导出以后别处也改过,不会导入,请核对` : "";
  return `${kept}${lost}${refused ? `;另有 ${refused} 行有错,不会导入` : ""}。`;
}

/* What others have changed meanwhile. */
export function showClashes(refused) {
  const clashes = refused.filter(({ kind }) => kind === "conflict");
  at("clashes").tBodies[0].replaceChildren(...clashes.slice(0, MOST_FAULTS).map(clash));
  at("clashes-part").hidden = !clashes.length;
}

function clash(one) {
  const cells = [one.sheet ?? "", one.row ?? "", titled(one.field), one.base, one.stored, one.value];
  return el(
    "tr",
    {},
    ...cells.map((cell, place) => el("td", { class: place === 1 ? "number" : "" }, String(cell || "(空)"))),
  );
}

function titled(field) {
  return fields().find(({ name }) => name === field)?.title ?? field ?? "";
}
