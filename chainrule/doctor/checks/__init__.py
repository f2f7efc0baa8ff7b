"""The faults that the doctor knows, with their numbers in the catalogue. May import: `doctor`, floors 0 to 6."""
