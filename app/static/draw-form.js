"use strict";
/* The small form beside a drawing: family, name, note, radius; saving; what to do when somebody else was quicker. */

wuchuan.DRAWN = "/api/drawn-zones";

/* Sends a change under the session's own token; answers {status, told} and never throws. */
wuchuan.sendDrawing = async function (method, { id, version, feature, clientId, path = "" }) {
  const read = async (answer) => ({ status: answer.status, told: await answer.json().catch(() => ({})) });
  const accept = { Accept: "application/json" };
  try {
    const session = await read(await fetch("/api/session", { headers: accept }));
    if (session.status !== 200) return session;
    const headers = { ...accept, "Content-Type": "application/json", "X-CSRF-Token": session.told.csrf_token };
    if (clientId) headers["Idempotency-Key"] = clientId;
    if (id) headers["If-Match"] = `"${version}"`;
    const body = feature && JSON.stringify(feature);
    return await read(await (body ? wuchuan.store : fetch)(id ? `${wuchuan.DRAWN}/${id}${path}` : wuchuan.DRAWN, { method, headers, body }));
  } catch {
    return { status: 0, told: { sentence: "没有连上服务,请检查服务是否在运行" } };
  }
};

/* ``work`` is what is being drawn: {id, version, clientId, properties, shape(), setRadius(metres), compare(feature)}. ``changed``
   hears of every keystroke, ``ended`` of the stored feature, or of null where the work was given up. */
wuchuan.drawForm = function (city, work, { changed, ended }) {
  const { el } = wuchuan;
  const { families } = city.styles;
  const { name = "", note = "", family = work.family ?? "key_area", radius_m } = work.properties;
  const fault = (field) => el("p", { class: "fault", "data-fault": field, role: "alert" });
  const nameBox = el("input", { name: "name", maxlength: 60, value: name, required: true, autocomplete: "off" });
  const noteBox = el("textarea", { name: "note", maxlength: 500, rows: 2, "aria-label": "说明" }, note);
  const radiusBox = radius_m
    ? el("input", { name: "radius_m", type: "number", min: 1, max: 20000, step: "any", value: Math.round(radius_m) })
    : null;
  const choices = Object.entries(families).map(([key, { title }]) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: "family", value: key, checked: key === family }),
      wuchuan.familySwatch(city, key),
      el("span", {}, title),
    ),
  );
  const button = (label, onclick, kind = "link") => el("button", { type: "button", class: kind, onclick }, label);
  const save = el("button", { class: "confirm" }, "保存");
  const place = wuchuan.drawPlace(city);
  const conflict = el("div", { class: "conflict", hidden: true });
  const form = el(
    "form",
    { id: "draw-form", "aria-label": "绘制的图形", novalidate: true },
    place.node,
    el("fieldset", {}, el("legend", {}, "类别"), ...choices),
    fault("family"),
    el("label", {}, "名称", nameBox),
    fault("name"),
    radiusBox && el("label", {}, "半径(米)", radiusBox),
    radiusBox && fault("radius_m"),
    el("details", { open: Boolean(note) || !wuchuan.phone.matches }, el("summary", {}, "说明(可不填)"), noteBox),
    fault("note"),
    fault("geometry"),
    conflict,
    el("div", { class: "buttons" }, save, button("放弃", () => ended(null))),
  );
  form.addEventListener("submit", (event) => (event.preventDefault(), store()));
  form.addEventListener("input", () => {
    if (radiusBox?.valueAsNumber > 0) work.setRadius(radiusBox.valueAsNumber);
    changed();
  });
  return {
    form,
    feature,
    focus: () => nameBox.focus(),
    remove: () => (place.remove(), form.remove()),
    setRadius: (metres) => radiusBox && (radiusBox.value = Math.round(metres)),
  };

  function feature() {
    const told = new FormData(form);
    const { geometry, radius_m: metres } = work.shape();
    return {
      type: "Feature",
      geometry,
      properties: {
        name: told.get("name"),
        family: told.get("family"),
        note: told.get("note"),
        radius_m: radiusBox ? metres : null,
      },
    };
  }

  async function store({ id, version, clientId } = work) {
    for (const node of form.querySelectorAll("[data-fault]")) node.textContent = "";
    conflict.hidden = true;
    save.disabled = true;
    const { status, told } = await wuchuan.sendDrawing(id ? "PUT" : "POST", { id, version, clientId: id ? null : clientId, feature: feature() });
    save.disabled = false;
    if (status === 200 || status === 201) ended(told);
    else if (status === 412) compare(told);
    else blame(status, told);
  }

  /* Beside the field, or for what no field can mend at the foot; the work stays where it is. */
  function blame(status, { error = "", sentence = "没有保存成功,请稍后再试" }) {
    if (error === "other_submission") work.clientId = wuchuan.newId();
    const field = error.replace("bad_", "");
    const node = form.querySelector(`[data-fault="${CSS.escape(field)}"]`) ?? form.querySelector('[data-fault="geometry"]');
    const kept = status === 401 || status === 403 ? "。图形还在这一页,在另一个标签页登录后再按“保存”" : "";
    node.textContent = `${sentence}${kept}`;
    if (field === "note") noteBox.parentElement.open = true;
    form.elements[field]?.focus?.();
  }

  /* Somebody else was quicker: both versions side by side, theirs on the map as well, and the choice. */
  function compare({ sentence, current }) {
    const mine = feature().properties;
    const theirs = current.properties;
    const rows = [
      ["名称", theirs.name, mine.name],
      ["类别", families[theirs.family].title, families[mine.family].title],
      ["说明", theirs.note || "—", mine.note || "—"],
    ];
    const cells = ([title, ...texts]) => el("tr", {}, el("th", {}, title), ...texts.map((text) => el("td", {}, text)));
    conflict.replaceChildren(
      el("p", { role: "alert" }, `${sentence}。地图上红色虚线是现有版本。`),
      el("table", {}, el("tr", {}, el("td"), el("th", {}, "现有版本"), el("th", {}, "我的")), ...rows.map(cells)),
      el(
        "div",
        { class: "buttons" },
        button("保存我的", () => store({ id: work.id, version: current.version }), "confirm"),
        button("另存为新图形", () => store({ clientId: wuchuan.newId() })),
        button("用现有版本", () => ended(theirs.deleted_at ? null : current)),
      ),
    );
    conflict.hidden = false;
    work.compare(current);
    conflict.querySelector("button").focus();
  }
};
