"use strict";
/* Finds areas by name or code; the one chosen is brought into view and explained. */

wuchuan.search = function (city) {
  const { el, at } = wuchuan;
  const input = at("search-text");
  const list = at("search-results");
  const MOST = 8;
  let found = [];
  let current = -1;

  input.addEventListener("input", look);
  input.addEventListener("focus", look);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", press);

  async function look() {
    const asked = plain(input.value);
    if (!asked) return show([]);
    const areas = (await Promise.all(Object.keys(wuchuan.LEVELS).map((level) => city.areasOf(level)))).flat();
    if (asked !== plain(input.value) || document.activeElement !== input) return;
    show(matches(areas, asked));
    at("search-none").textContent = found.length ? "" : "没有找到这个名称或代码。";
  }

  /* Those whose name or code begins with it come first, larger areas before smaller. */
  function matches(areas, asked) {
    const begins = (text) => text.startsWith(asked);
    const texts = ({ properties: { name, code } }) => [plain(name), plain(String(code))];
    const holding = areas.filter((area) => texts(area).some((text) => text.includes(asked)));
    const [first, rest] = [true, false].map((on) => holding.filter((area) => texts(area).some(begins) === on));
    return [...first, ...rest].slice(0, MOST);
  }

  function plain(text) {
    return text.normalize("NFKC").trim().toLowerCase();
  }

  function show(areas) {
    found = areas;
    at("search-none").textContent = "";
    list.replaceChildren(...areas.map(line));
    list.hidden = !areas.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(areas.length ? 0 : -1);
  }

  function line(area, n) {
    const { name, code } = area.properties;
    const option = el(
      "li",
      { role: "option", id: `search-${n}`, onclick: () => choose(area) },
      el("span", {}, name),
      el("span", { class: "muted" }, city.parents(area.properties) || code),
    );
    option.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus, and so the list
    return option;
  }

  function point(n) {
    current = n;
    for (const [i, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(i === n));
    if (n < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `search-${n}`);
  }

  function press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") close();
    else if (!found.length) return;
    else if (step) point((current + step + found.length) % found.length);
    else if (event.key === "Enter") choose(found[current]);
    else return;
    event.preventDefault();
  }

  function close() {
    show([]);
  }

  function choose(area) {
    const { name, code } = area.properties;
    close();
    if (!area.geometry) return city.fail(`“${name}”(${code})的边界待绘,地图上还找不到它。`);
    if (!city.inArea(area.properties)) city.setArea("");
    city.tell("found", area);
    city.look(L.geoJSON(area).getBounds(), 15);
    return city.openArea(wuchuan.insidePoint(area.geometry), area);
  }
};
