/* The page of a receipt: forms are sent without leaving it, and it is empty once it is left. */

import { quiet } from "./quiet.js";

quiet();
