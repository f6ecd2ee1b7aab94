"""A PostgreSQL on this machine: its programs, its cluster, its backups and its health."""
