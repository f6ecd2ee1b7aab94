/* A frame drawn on the map with one drag: whoever asked for it hears the bounds; Escape gives it up. */

export function lasso(city, button, chosen) {
  const { map } = city;
  const box = map.getContainer();
  let frame = null;
  let from = null;

  button.addEventListener("click", () => (button.ariaPressed === "true" ? end() : begin()));
  document.addEventListener("keydown", (event) => event.key === "Escape" && end());
  box.addEventListener("pointerdown", down, true);
  box.addEventListener("pointermove", move, true);
  box.addEventListener("pointerup", up, true);
  return () => button.ariaPressed === "true";

  function begin() {
    button.ariaPressed = "true";
    map.dragging.disable();
    box.classList.add("framing");
  }

  /* The click that ends the drag still belongs to it. */
  function end() {
    frame?.remove();
    frame = from = null;
    map.dragging.enable();
    box.classList.remove("framing");
    setTimeout(() => (button.ariaPressed = "false"));
  }

  function down(event) {
    if (button.ariaPressed !== "true" || event.target.closest(".leaflet-control")) return;
    from = map.mouseEventToLatLng(event);
    frame = L.rectangle([from, from], { color: "#1f5a96", weight: 2, dashArray: "5 4", interactive: false }).addTo(map);
  }

  function move(event) {
    frame?.setBounds([from, map.mouseEventToLatLng(event)]);
  }

  function up() {
    if (!frame) return;
    const bounds = frame.getBounds();
    end();
    chosen(bounds);
  }
}
