"""What can be changed in a fresh Trainer; one kind of change a file. May import: `doctor.change`, floors 0 to 6."""
