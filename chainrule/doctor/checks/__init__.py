"""The faults that the doctor knows; one a file, with its number in the catalogue. May import: `doctor`, floors 0 to 6."""
