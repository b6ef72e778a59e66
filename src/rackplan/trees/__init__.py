"""Fat trees in all their forms: the shared machinery of the topologies that are trees."""
