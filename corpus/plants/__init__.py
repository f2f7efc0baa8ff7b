"""Single faults: one function a plant, by sections of the catalogue; `table.py` has all of them."""
