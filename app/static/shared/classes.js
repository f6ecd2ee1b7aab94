/* The classes of a choropleth. */

/* The upper bounds of the classes of positive values: quantiles without repeats. */
export function quantiles(values, classes) {
  const positive = values.filter((v) => v > 0).sort((a, b) => a - b);
  if (!positive.length) return [];
  const at = (share) => positive[Math.min(Math.ceil(share * positive.length) - 1, positive.length - 1)];
  const bounds = Array.from({ length: classes }, (_, i) => at((i + 1) / classes));
  return [...new Set(bounds)];
}

export function classColour(value, breaks, ground) {
  if (!(value > 0)) return ground.empty;
  const at = breaks.findIndex((bound) => value <= bound);
  return ground.ramp[Math.round(((at + 1) / breaks.length) * ground.ramp.length) - 1];
}
