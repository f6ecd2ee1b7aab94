/* The months the map speaks of: a slider with two thumbs, windows by one press, and a player that moves month by month. */

import { monthsBetween, monthText, rangeText } from "../../static/shared/days.js";
import { at, el } from "../../static/shared/dom.js";

export function months(city) {
  let months = monthsBetween(city.config.period.first, city.config.period.until);
  const chosen = { from: 0, to: months.length - 1 };
  let playing = null;

  function applyMonths() {
    const since = chosen.from ? months[chosen.from] : city.config.period.first;
    const until = chosen.to + 1 < months.length ? months[chosen.to + 1] : city.config.period.until;
    drawMonths();
    city.setPeriod(since, until);
  }
  function drawMonths() {
    const last = Math.max(months.length - 1, 1);
    const range = at("timeline").querySelector(".range");
    range.style.setProperty("--from", `${(100 * chosen.from) / last}%`);
    range.style.setProperty("--to", `${(100 * chosen.to) / last}%`);
    for (const name of ["from", "to"]) {
      const input = at(`month-${name}`);
      input.value = chosen[name];
      input.setAttribute("aria-valuetext", monthText(months[chosen[name]]));
    }
    at("timeline").querySelector("output").textContent = rangeText(months[chosen.from], months[chosen.to]);
  }

  function showTimeline() {
    chosen.from = Math.max(months.filter((month) => month <= city.period.since).length - 1, 0);
    const button = el("button", { type: "button", id: "play", "aria-pressed": "false", "aria-label": "逐月播放" });
    button.addEventListener("click", () => (playing ? stop() : play()));
    const inputs = [
      ["from", "起始月"],
      ["to", "截止月"],
    ].map(([name, label]) => monthInput(name, label));
    const windows = [
      [3, "近3个月"],
      [12, "近12个月"],
      [Infinity, "全部"],
    ].map(([length, text]) =>
      el("button", { type: "button", class: "window", onclick: () => setWindow(length) }, text),
    );
    at("timeline").append(
      button,
      el("output", { for: "month-from month-to" }),
      el("div", { class: "range" }, ...inputs),
      el("div", { class: "windows" }, ...windows),
    );
    drawMonths();
  }

  function monthInput(name, label) {
    const input = el("input", {
      type: "range",
      id: `month-${name}`,
      min: 0,
      max: months.length - 1,
      step: 1,
      "aria-label": label,
    });
    let waiting = null;
    input.addEventListener("input", () => {
      stop();
      chosen[name] = Number(input.value);
      if (chosen.from > chosen.to) chosen[name === "from" ? "to" : "from"] = chosen[name];
      drawMonths();
      clearTimeout(waiting);
      waiting = setTimeout(applyMonths, 250);
    });
    return input;
  }

  function setWindow(length) {
    stop();
    chosen.to = months.length - 1;
    chosen.from = Math.max(chosen.to - length + 1, 0);
    applyMonths();
  }

  function play() {
    const length = Math.min(chosen.to - chosen.from, Math.max(months.length - 2, 0), 11);
    if (chosen.to >= months.length - 1) chosen.from = 0;
    chosen.to = chosen.from + length;
    city.steady = true; // one scale of heat for the whole run, or the months could not be compared
    playing = setInterval(step, 1600);
    at("play").setAttribute("aria-pressed", "true");
    applyMonths();
  }

  function step() {
    if (chosen.to >= months.length - 1) return stop();
    chosen.from += 1;
    chosen.to += 1;
    return applyMonths();
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    city.steady = false;
    at("play").setAttribute("aria-pressed", "false");
  }

  /* A new analysis ends the months at its own day; whoever looked at the newest ones goes on looking at the newest. */
  function goOn(until) {
    if (until === city.config.period.until) return;
    stop();
    const [length, newest] = [chosen.to - chosen.from, chosen.to === months.length - 1];
    city.config.period.until = until;
    months = monthsBetween(city.config.period.first, until);
    chosen.to = newest ? months.length - 1 : Math.min(chosen.to, months.length - 1);
    if (chosen.from) chosen.from = Math.max(chosen.to - length, 0); // all months stay all
    for (const name of ["from", "to"]) at(`month-${name}`).max = months.length - 1;
    applyMonths();
  }

  showTimeline();
  city.on("analysed", goOn);
}
