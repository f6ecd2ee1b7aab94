/* The density of tips, as a picture. */

import { heatLegend } from "../legend.js";

export function heat(city, layer, group) {
  let heat = null;
  let wanted = 0;
  const bandwidth = () => (city.map.getZoom() < 9.5 ? 3000 : city.map.getZoom() < 12 ? 1500 : 700);
  city.map.on("zoomend", () => {
    if (heat?.bandwidth_m && heat.bandwidth_m !== bandwidth() && city.isShown(layer.key)) city.refresh(layer.key);
  });
  return {
    async refresh() {
      const turn = ++wanted;
      const steady = city.steady && heat?.bandwidth_m === bandwidth() ? { peak_per_km2: heat.peak_per_km2 } : {};
      const loaded = await city.answers.load(layer, { ...city.period, bandwidth_m: bandwidth(), ...steady });
      if (turn !== wanted || !loaded) return;
      heat = loaded;
      const [west, south, east, north] = heat.bounds;
      const image = L.imageOverlay(
        heat.image,
        [
          [south, west],
          [north, east],
        ],
        { pane: "heat", className: "heat" },
      );
      const before = group.getLayers();
      image.once("load error", () => before.forEach((old) => group.removeLayer(old)));
      image.once("error", () => city.fail("热力图没有取到,请稍后再试。"));
      group.addLayer(image);
    },
    restyle() {},
    pick: () => [],
    legend: () => (heat ? [heatLegend(city, heat)] : []),
  };
}
