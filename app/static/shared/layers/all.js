/* How each kind of layer is drawn. A drawer answers {refresh, restyle, pick, legend}; it fetches when first shown. */

import { basemap } from "./basemap.js";
import { border } from "./border.js";
import { cells } from "./cells.js";
import { choropleth } from "./choropleth.js";
import { drawn } from "./drawn.js";
import { heat } from "./heat.js";
import { lines } from "./lines.js";
import { points } from "./points.js";
import { tiles } from "./tiles.js";
import { zones } from "./zones.js";

export const DRAWERS = { basemap, border, cells, choropleth, drawn, heat, lines, marks: points, tiles, zones };
