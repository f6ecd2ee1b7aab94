/* Marks at points, drawn on canvas from one table of shapes (styles.py). */

/* The symbol of a feature: by the value of the layer's symbol field, else the layer's last one. */
export function symbolOf(styles, layer, properties) {
  const kinds = styles.symbols[layer];
  const value = properties[styles.symbolFields[layer]];
  return kinds[String(value ?? "")] || Object.values(kinds).pop();
}

export function drawMark(ctx, point, radius, symbol, shapes, halo) {
  ctx.beginPath();
  if (symbol.shape === "circle") ctx.arc(point.x, point.y, radius, 0, 2 * Math.PI);
  else {
    for (const [x, y] of shapes[symbol.shape]) ctx.lineTo(point.x + x * radius, point.y + y * radius);
    ctx.closePath();
  }
  ctx.lineJoin = "round";
  ctx.lineWidth = symbol.hollow ? 1.6 : 1;
  ctx.fillStyle = symbol.hollow ? halo : symbol.colour;
  ctx.strokeStyle = symbol.hollow ? symbol.colour : halo;
  ctx.fill();
  ctx.stroke();
}

/* Many points in one cell of a far view: a dot that grows with the logarithm of their count. ``fine`` is for so many
   points that larger dots would only cover one another. */
export const dotRadius = (count, fine) => (fine ? 1.1 : 3.5) + Math.min(0.95 * Math.log10(count), 2.9);

export function drawDot(ctx, point, radius, { colour, outline }) {
  ctx.beginPath();
  ctx.arc(point.x, point.y, radius, 0, 2 * Math.PI);
  ctx.globalAlpha = 0.78;
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.globalAlpha = 1;
  if (!outline) return;
  ctx.lineWidth = 0.8;
  ctx.strokeStyle = outline;
  ctx.stroke();
}
