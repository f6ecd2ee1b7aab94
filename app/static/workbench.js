"use strict";
/* The workbench: the parts around the map, each told of what happens by the map's events; one line for what went wrong. */

wuchuan.workbench = function (city) {
  const { el, at } = wuchuan;
  const phone = (wuchuan.phone = matchMedia("(max-width: 820px)"));
  let hiding = null;

  /* ``offer`` is what can be done about it: a label and an act. */
  function notice(sentence, offer) {
    const close = el("button", { type: "button", class: "link", onclick: hide }, "知道了");
    const take = () => (hide(), offer.act());
    const act = offer && el("button", { type: "button", class: "link", onclick: take }, offer.label);
    at("notice").replaceChildren(sentence, act ?? "", close);
    at("notice").hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(hide, 12000);
  }

  function hide() {
    at("notice").hidden = true;
  }

  /* What of the map is covered: the months at its foot and the sentence above them, and on a phone the sheet below them. */
  city.padding = () => ({
    paddingTopLeft: [16, 16],
    paddingBottomRight: [16, at("timeline").offsetHeight + (phone.matches ? at("panel").offsetHeight + 38 : 44)],
  });

  at("legend").open = !phone.matches;
  city.on("fail", (sentence) => notice(sentence));
  city.on("offer", ({ sentence, ...offer }) => notice(sentence, offer));
  wuchuan.panel(city); // first, so that what others show and focus is in sight
  wuchuan.months(city);
  wuchuan.figures(city);
  wuchuan.search(city);
  wuchuan.zoneList(city);
  wuchuan.layerList(city);
  wuchuan.drawing(city);
  wuchuan.followJobs(city, { node: at("work"), button: at("analyse") });
  wuchuan.alertLink(city);
};
