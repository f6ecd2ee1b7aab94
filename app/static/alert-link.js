"use strict";
/* "在地图上看" on the page of alerts: shows the layer of open alerts and looks at the one that is named. */

(async function () {
  const { city, at } = wuchuan;
  const number = Number(/^#alert=(\d+)$/.exec(location.hash)?.[1]);
  const layer = city.config.layers.find(({ key }) => key === "alerts");
  if (!number || !layer) return;
  at("layer-alerts").checked = true;
  await city.show("alerts", true);
  const open = await city.load(layer, { limit: 50000 });
  const alert = open?.features.find((feature) => feature.properties.alert_id === number);
  if (alert) city.look(L.geoJSON(alert).getBounds(), 13);
  else city.fail("这条预警已经办结,不在图上。");
})();
