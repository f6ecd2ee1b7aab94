/* How each kind of layer is drawn. A drawer answers {refresh, restyle, pick, legend}; it fetches when first shown. */

import { border } from "./border.js";
import { cells } from "./cells.js";
import { choropleth } from "./choropleth.js";
import { drawn } from "./drawn.js";
import { heat } from "./heat.js";
import { lines } from "./lines.js";
import { points } from "./points.js";
import { raster } from "./raster.js";
import { tiles } from "./tiles.js";
import { zones } from "./zones.js";

export const DRAWERS = { border, cells, choropleth, drawn, heat, lines, marks: points, raster, tiles, zones };
