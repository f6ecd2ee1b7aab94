/* What lies under a hand or a click: marks first, being smallest, then zones, then areas. */

import { explainDrawn } from "./drawn.js";
import { explainArea, explainMarks, popupBody } from "./explain.js";
import { query } from "./request.js";

export class Pointing {
  constructor(city) {
    this.city = city;
    this.hinting = 0;
    const { map } = city;
    map.on("click", ({ latlng }) => city.open(latlng));
    if (matchMedia("(hover: hover)").matches) map.on("mousemove", ({ latlng }) => city.hint(latlng));
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== map.getContainer()) return;
      event.preventDefault(); // or the same key would press the button that gets the focus
      city.open(map.getCenter());
    });
  }

  under(latlng) {
    const reach = L.Browser.mobile ? 16 : 9;
    return [...this.city.visible()].flatMap(({ drawer }) => drawer.pick({ latlng, reach }));
  }

  /* A hand over what a click would open, looked up once a frame. */
  hint(latlng) {
    const { map } = this.city;
    if (map.dragging.moving()) return;
    cancelAnimationFrame(this.hinting);
    this.hinting = requestAnimationFrame(
      () => (map.getContainer().style.cursor = this.under(latlng).length ? "pointer" : ""),
    );
  }

  open(latlng) {
    const hits = this.under(latlng);
    const zone = hits.find((hit) => hit.zone)?.zone;
    const marks = hits.filter((hit) => hit.layer);
    const drawn = hits.filter((hit) => hit.drawn).map((hit) => explainDrawn(this.city, hit.drawn));
    if (marks.length || drawn.length) this.popup(latlng, [...drawn, ...explainMarks(this.city, marks, zone)]);
    else if (zone) this.city.tell("zone", zone);
    else this.openAreaAt(latlng, hits[0]?.area);
  }

  /* The smallest area that is stored there, unless the map is coloured by larger ones. */
  async openAreaAt(latlng, coloured) {
    const area = coloured ?? (await this.city.places.smallestAt(latlng));
    if (area) this.openArea(latlng, area);
  }

  /* Names at once, counts when they come. */
  async openArea(latlng, area) {
    const popup = this.popup(latlng, explainArea(this.city, area.properties));
    const counted = await this.counted(area);
    if (counted && popup.isOpen()) popup.setContent(popupBody(explainArea(this.city, counted.properties)));
  }

  /* The area with what happened there in the period. */
  async counted(area) {
    const { code, level, name, tips } = area.properties;
    if (tips !== undefined) return area;
    const address = `/api/layers/areas${query({ level, area: code, ...this.city.period })}`;
    const found = this.city.config.data ? null : await this.city.answers.fetch(address, name);
    return found?.features.find(({ properties }) => properties.code === code);
  }

  popup(latlng, nodes) {
    const clear = [12, 104]; // of the legend and the zoom buttons of a phone
    return L.popup({ maxWidth: 320, minWidth: 200, maxHeight: 320, autoPanPaddingTopLeft: clear })
      .setLatLng(latlng)
      .setContent(popupBody(nodes))
      .openOn(this.city.map);
  }
}
