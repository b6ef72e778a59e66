"""Heat and weight: what leaves the racks by liquid and air, what cools it, what the floor bears."""
