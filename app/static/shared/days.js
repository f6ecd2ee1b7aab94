/* Days and months as the pages tell them. */

/* Periods are told by their last day and kept by the day after. */
export const dayBefore = (day) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);

/* The first days of the months from one day to another, which is not reached. */
export function monthsBetween(first, until) {
  const list = [];
  let [year, month] = first.split("-").map(Number);
  const start = () => `${year}-${String(month).padStart(2, "0")}-01`;
  for (; start() < until; [year, month] = month < 12 ? [year, month + 1] : [year + 1, 1]) list.push(start());
  return list;
}

export const monthText = (day) => `${day.slice(0, 4)}年${Number(day.slice(5, 7))}月`;

export const rangeText = (first, last) => [...new Set([first, last].map(monthText))].join(" — ");

export const periodText = ({ since, until }) => rangeText(since, monthsBetween(since, until).pop());
