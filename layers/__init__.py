"""What is stored: the layers of a city in PostGIS, how they are read, written, imported and started."""
