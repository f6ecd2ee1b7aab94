/* The page of alerts: how far the watch is, and what was typed and not sent. */

import { followQueue } from "../../static/shared/queue.js";
import { guardTyped } from "../../static/shared/typed.js";

followQueue();
guardTyped();
