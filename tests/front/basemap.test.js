import assert from "node:assert/strict";
import { test } from "node:test";

import { areaKind, lineKind, placeName } from "../../app/static/shared/basemap-kinds.js";

test("the schemas of OpenMapTiles, Protomaps and Shortbread come to the same kinds", () => {
  assert.equal(areaKind("water", {}), "water");
  assert.equal(areaKind("water_polygons", { kind: "lake" }), "water");
  assert.equal(areaKind("landcover", { class: "wood" }), "green");
  assert.equal(areaKind("landuse", { kind: "residential" }), "built");
  assert.equal(lineKind("transportation", { class: "motorway" }), "main");
  assert.equal(lineKind("roads", { kind: "minor_road" }), "street");
  assert.equal(lineKind("streets", { kind: "secondary" }), "road");
});

test("what is not known is not drawn", () => {
  assert.equal(areaKind("hillshade", {}), null);
  assert.equal(lineKind("boundary", {}), null);
  assert.equal(lineKind("roads", { kind: "ferry" }), null);
});

test("a place is named in Chinese where it can be, and nothing else is named", () => {
  assert.equal(placeName("place", { name: "Xi'an", "name:zh": "西安" }), "西安");
  assert.equal(placeName("places", { name: "东镇" }), "东镇");
  assert.equal(placeName("poi", { name: "店" }), "");
});
