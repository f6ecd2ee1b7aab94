"use strict";
/* Drawing on the map: tools that are fetched when first wanted, one piece of work at a time, kept through a reload. */

wuchuan.drawing = function (city) {
  const { el, at } = wuchuan;
  const { map } = city;
  const LAYER = "drawn_zones";
  const DRAFT = "wuchuan-drawing";
  const CROSSED = "边界自己相交了,这一步没有算上,请换个位置";
  const TOOLS = { Polygon: "区域", Line: "线", Marker: "点", Circle: "圆", Text: "注记" };
  const toolbar = el("div", { class: "leaflet-bar draw-tools", role: "toolbar", "aria-label": "绘制" });
  const snaps = L.featureGroup();
  let loading = null;
  let work = null;
  let tool = null;

  const control = L.control({ position: "topright" });
  control.onAdd = () => (L.DomEvent.disableClickPropagation(toolbar), toolbar);
  control.addTo(map);
  idle();
  city.actionsFor = (drawn) =>
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "button", class: "link", onclick: () => edit(drawn.properties.id) }, "编辑"),
      el("button", { type: "button", class: "link", onclick: () => remove(drawn) }, "删除"),
      wuchuan.drawnVersions(city, drawn, () => city.refresh(LAYER)),
    );
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !city.drawing) return;
    if (work) end(null);
    else idle();
  });
  const draft = readDraft();
  if (draft) offer("有一个没有保存的图形。", "继续", () => begin(draft));

  function offer(sentence, label, act) {
    city.tell("offer", { sentence, label, act });
  }

  /* The map must not hear the click: it would be the first point, since the button is gone by then. */
  function button(label, act, more = {}) {
    const onclick = (event) => (event.stopPropagation(), act());
    return el("button", { type: "button", onclick, ...more }, label);
  }

  function idle() {
    stopTool();
    city.drawing = false;
    toolbar.replaceChildren(button("绘制", choose, { id: "draw", title: "在地图上绘制区域、线、点和注记" }));
  }

  /* Geoman joins a map that was there before it: first the map, then only what says it wants to be drawn with. */
  function load() {
    return (loading ??= new Promise((resolve, reject) => {
      const { script, style } = city.config.drawing;
      const fetched = el("script", { src: script, onerror: reject });
      fetched.addEventListener("load", () => {
        L.PM.reInitLayer(map);
        L.PM.setOptIn(true);
        map.pm.setLang("zh");
        map.pm.setGlobalOptions({ snappable: true, snapDistance: 14, allowSelfIntersection: false, finishOnEnter: true });
        map.on("pm:create", created);
        resolve();
      });
      document.head.append(el("link", { rel: "stylesheet", href: style }), fetched);
    }));
  }

  async function loaded() {
    try {
      await load();
      return true;
    } catch {
      loading = null;
      city.fail("绘制工具没有取到,请检查服务是否在运行,稍后再试。");
      return false;
    }
  }

  async function choose() {
    if (!(await loaded())) return;
    map.closePopup();
    toolbar.replaceChildren(
      ...Object.entries(TOOLS).map(([kind, title]) => button(title, () => draw(kind), { "data-tool": kind })),
      button("关闭", idle),
    );
    toolbar.firstChild.focus();
  }

  async function draw(kind) {
    city.drawing = true;
    tool = kind;
    map.doubleClickZoom.disable();
    await addSnaps();
    const look = { color: pen(), weight: 2, dashArray: "5 4" };
    map.pm.enableDraw(kind === "Text" ? "Marker" : kind, {
      templineStyle: look,
      hintlineStyle: look,
      pathOptions: look,
      markerStyle: { icon: pin() },
      continueDrawing: false,
      maxRadiusCircle: 20000,
    });
    const many = kind === "Polygon" || kind === "Line";
    const shape = map.pm.Draw[kind];
    toolbar.replaceChildren(
      ...(many ? [button("完成", finish), button("退一点", () => shape._removeLastVertex())] : []),
      button("取消", idle),
    );
    if (kind === "Polygon") map.on("click", crossed); // after the pen has heard it
    function finish() {
      shape._finishShape();
      if (map.pm.globalDrawModeEnabled()) city.fail(`图形还没有画完:${kind === "Polygon" ? "面要三个以上的点,边界不能自己相交" : "线要两个以上的点"}。`);
    }
  }

  /* The pen takes no point that would make the border cross itself, and does not say so. */
  function crossed() {
    if (map.pm.Draw.Polygon._doesSelfIntersect) city.fail(`${CROSSED}。`);
  }

  function pen() {
    return city.dark ? "#8cbcec" : "#1f5a96";
  }

  function pin() {
    return L.divIcon({ className: "draw-pin", iconSize: [16, 16] });
  }

  function stopTool() {
    if (map.pm?.globalDrawModeEnabled()) map.pm.disableDraw();
    map.off("click", crossed);
    map.doubleClickZoom.enable();
    snaps.clearLayers().remove();
    tool = null;
  }

  /* Neighbours' borders catch the pen where they are on the map; more of them than this would make it slow. */
  async function addSnaps() {
    if (map.getZoom() < wuchuan.COMMUNITIES_FROM || !city.isShown("communities")) return;
    const view = map.getBounds();
    const near = (await city.areasOf("community")).filter((f) => f.geometry && view.intersects(L.geoJSON(f).getBounds()));
    const silent = { stroke: false, fill: false, interactive: false, pmIgnore: false };
    for (const area of near.slice(0, 60)) L.geoJSON(area, silent).eachLayer((border) => snaps.addLayer(border));
    snaps.addTo(map);
  }

  function created({ layer }) {
    const family = tool === "Text" ? "note" : undefined;
    const properties = layer.getRadius ? { radius_m: layer.getRadius() } : {};
    const { geometry } = layer.toGeoJSON(6);
    layer.remove();
    begin({ type: "Feature", geometry, properties, family });
  }

  async function edit(id) {
    map.closePopup();
    try {
      begin(await city.ask(`${wuchuan.DRAWN}/${id}`));
    } catch (error) {
      city.fail(error.sentence || "没有取到这个图形,请稍后再试。");
    }
  }

  /* Takes a feature into work: its shape with handles on the map, its words in the form. */
  async function begin(feature) {
    if (!(await loaded())) return;
    if (work) end(null);
    stopTool();
    city.drawing = true;
    toolbar.replaceChildren();
    const layer = shapeOf(feature).addTo(map);
    layer.options.pmIgnore = false;
    L.PM.reInitLayer(layer);
    layer.pm.enable({ allowSelfIntersection: false, snappable: true, draggable: true });
    work = {
      id: feature.id,
      version: feature.version,
      clientId: feature.clientId ?? wuchuan.newId(),
      family: feature.family,
      properties: feature.properties,
      layer,
      others: L.featureGroup().addTo(map),
      shape: () => ({ geometry: layer.toGeoJSON(6).geometry, radius_m: layer.getRadius?.() ?? null }),
      setRadius: (metres) => (layer.setRadius(metres), layer.pm._refresh?.()),
      compare: (current) => work.others.clearLayers().addLayer(shapeOf(current, { color: "#c01f38", dashArray: "6 5" })),
    };
    await addSnaps();
    hide(feature.id ?? null);
    work.ui = wuchuan.drawForm(city, work, { changed: keepDraft, ended: end });
    layer.on("pm:intersect", () => city.fail(`${CROSSED}。`));
    layer.on("pm:edit pm:markerdragend pm:vertexremoved", keepDraft);
    layer.on("pm:markerdrag pm:edit", () => layer.getRadius && work.ui.setRadius(layer.getRadius()));
    at("stage").append(work.ui.form);
    uncover();
    work.ui.focus();
    keepDraft();
  }

  /* On a phone the form lies over the foot of the map: what is being drawn moves up into what is left. */
  function uncover() {
    const { form } = work.ui;
    if (!wuchuan.phone.matches) return;
    const bounds = work.layer.getBounds?.() ?? L.latLngBounds([work.layer.getLatLng()]);
    const foot = map.latLngToContainerPoint(bounds.getSouthEast()).y + 24 - (map.getSize().y - form.offsetHeight);
    if (foot > 0) map.panBy([0, foot], { animate: false });
  }

  function shapeOf(feature, look = { color: pen() }) {
    const style = { weight: 2.5, fillOpacity: 0.12, interactive: false, pane: "drawn", ...look };
    const point = () => L.marker(wuchuan.drawnMiddle(feature.geometry), { icon: pin(), pmIgnore: false });
    return wuchuan.drawnShape(feature, style) ?? point();
  }

  function hide(id) {
    const drawer = city.drawers.get(LAYER);
    drawer.hidden = id;
    drawer.restyle();
  }

  /* The end of the work: ``stored`` is what is on the map now, null says it was given up and may be taken up again. */
  async function end(stored) {
    const given = stored ? null : unsaved();
    work.layer.pm.disable();
    work.layer.remove();
    work.others.remove();
    work.ui.remove();
    work = null;
    sessionStorage.removeItem(DRAFT);
    hide(null);
    idle();
    if (given) return offer("已放弃这次绘制。", "恢复", () => begin(given));
    await showAgain();
    at("draw")?.focus(); // unless the next one is drawn already
  }

  async function showAgain() {
    const box = at(`layer-${LAYER}`);
    if (box) box.checked = true;
    await city.show(LAYER, true);
  }

  async function remove({ properties }) {
    map.closePopup();
    const { status, told } = await wuchuan.sendDrawing("DELETE", properties);
    await city.refresh(LAYER);
    if (status !== 200) return city.fail(told.sentence ?? "没有删除成功,请稍后再试。");
    offer(`“${properties.name}”已删除。`, "撤销", () => putBack(told));
  }

  async function putBack(removed) {
    const { status, told } = await wuchuan.sendDrawing("PUT", { ...removed, feature: removed });
    if (status !== 200) city.fail(told.sentence ?? "没有恢复成功,请稍后再试。");
    await city.refresh(LAYER);
  }

  function unsaved() {
    const { id, version, clientId, family, ui } = work;
    const feature = ui.feature();
    if (work.layer.getRadius) feature.properties.radius_m = work.layer.getRadius();
    return { ...feature, id, version, clientId, family };
  }

  /* A reload or a sign-in on this tab finds the unsaved work again. */
  function keepDraft() {
    sessionStorage.setItem(DRAFT, JSON.stringify(unsaved()));
  }

  function readDraft() {
    try {
      return JSON.parse(sessionStorage.getItem(DRAFT));
    } catch {
      return null;
    }
  }
};
