"""The service as a whole: it opens a city, fills it, serves it and hands work over to it."""
