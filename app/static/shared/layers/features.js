/* Drawers of GeoJSON. */

/**
 * Shared by the drawers of GeoJSON: fetch once per address, rebuild, restyle.
 *
 * @param {any} city
 * @param {any} layer
 * @param {any} group
 * @param {{address: () => object, build: (collection: any) => any, pick?: (collection: any, place: any) => object[],
 *   legend?: (collection: any) => object[], after?: (collection: any) => unknown}} given
 */
export function features(city, layer, group, { address, build, pick, legend, after }) {
  let shown = null;
  let collection = null;
  let wanted = 0;
  return {
    async refresh() {
      const turn = ++wanted;
      const loaded = await city.answers.load(layer, address());
      if (turn !== wanted || !loaded) return;
      collection = loaded;
      this.rows = loaded.numberMatched ?? loaded.features.length;
      this.restyle();
      await after?.(loaded);
    },
    restyle() {
      if (!collection) return;
      if (shown) group.removeLayer(shown);
      shown = build(collection);
      group.addLayer(shown);
    },
    pick: (place) => (collection && pick ? pick(collection, place) : []),
    legend: () => (legend && collection?.features.some((f) => f.geometry) ? legend(collection) : []),
  };
}
