"""The compiled engine at work in the Trainer: rehearsal, placing, blocks of epochs, and the report of all this."""
