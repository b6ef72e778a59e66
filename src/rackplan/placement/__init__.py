"""The floor: where racks stand, what is in which unit, and how long cables are."""
