"""What people do, one file each: gather from layers, decide in gis, store through layers."""
