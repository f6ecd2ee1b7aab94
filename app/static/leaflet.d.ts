/** Leaflet and what joins it, a script of its own before ours. */
declare const L: any;
