/* The page of back-tests: how far the next one is. */

import { followQueue } from "../../static/shared/queue.js";

followQueue();
