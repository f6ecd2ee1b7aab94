/* The basemap's pictures. */

export function raster(city, layer, group) {
  let tiles = null;
  return {
    refresh() {
      tiles ??= L.tileLayer("/basemap/{z}/{x}/{y}", { pane: "land", className: "basemap" }).addTo(group);
    },
    restyle() {},
    pick: () => [],
    legend: () => [],
  };
}
