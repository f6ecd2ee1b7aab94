/* Whether the page stands on a phone, where the panel is a sheet over the map. */

export const phone = matchMedia("(max-width: 820px)");
