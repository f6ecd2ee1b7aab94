"""What is computed: frames, arrays and plain values in and out. No files, database, clock, log or unseeded chance."""
