/* The tools of drawing: fetched when first wanted, each of them a pen for one new feature. */

import { CHECK_SERVICE } from "../../core/words.py";
import { el } from "../../static/shared/dom.js";
import { COMMUNITIES_FROM } from "../../static/shared/layers/border.js";

export const CROSSED = "边界自己相交了,这一步没有算上,请换个位置。";
const TOOLS = { Polygon: "区域", Line: "线", Marker: "点", Circle: "圆", Text: "注记" };

export function penColour(city) {
  return city.dark ? "#8cbcec" : "#1f5a96";
}

export function pin() {
  return L.divIcon({ className: "draw-pin", iconSize: [16, 16] });
}

/* The bar of tools on the map; ``begin`` takes what was drawn into work. */
export function drawTools(city, begin) {
  const { map } = city;
  const toolbar = el("div", { class: "leaflet-bar draw-tools", role: "toolbar", "aria-label": "绘制" });
  const snaps = L.featureGroup();
  let loading = null;
  let tool = null;

  const control = L.control({ position: "topright" });
  control.onAdd = () => (L.DomEvent.disableClickPropagation(toolbar), toolbar);
  control.addTo(map);
  idle();
  return { idle, loaded, addSnaps, leave };

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

  /* The bar is empty while something is in work. */
  function leave() {
    stopTool();
    city.drawing = true;
    toolbar.replaceChildren();
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
        map.pm.setGlobalOptions({
          snappable: true,
          snapDistance: 14,
          allowSelfIntersection: false,
          finishOnEnter: true,
        });
        map.on("pm:create", created);
        resolve(null);
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
      city.fail(`绘制工具没有取到,${CHECK_SERVICE}`);
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
    const look = { color: penColour(city), weight: 2, dashArray: "5 4" };
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
      if (map.pm.globalDrawModeEnabled())
        city.fail(`图形还没有画完:${kind === "Polygon" ? "面要三个以上的点,边界不能自己相交" : "线要两个以上的点"}。`);
    }
  }

  /* The pen takes no point that would make the border cross itself, and does not say so. */
  function crossed() {
    if (map.pm.Draw.Polygon._doesSelfIntersect) city.fail(CROSSED);
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
    if (map.getZoom() < COMMUNITIES_FROM || !city.isShown("communities")) return;
    const view = map.getBounds();
    const near = (await city.places.areasOf("community")).filter(
      (f) => f.geometry && view.intersects(L.geoJSON(f).getBounds()),
    );
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
}
