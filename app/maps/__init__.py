"""Folium maps: documents without features, which arrive from /api and /tiles or, on one page, inlined."""
