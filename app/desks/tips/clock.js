/* How long a tip may still wait. */

import { TIP_STATUSES } from "../../core/words.py";

/* The clock runs until the tip is accepted, transferred, rejected or found a duplicate. */
export function urgency({ status, days_left: days }) {
  return status !== "new" ? "" : days < 0 ? "late" : days <= 3 ? "soon" : "";
}

export function clock({ status, days_left: days }) {
  if (status !== "new") return TIP_STATUSES[status];
  return days < 0 ? `超期 ${-days} 个工作日` : `剩 ${days} 个工作日`;
}
