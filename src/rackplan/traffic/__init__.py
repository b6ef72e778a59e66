"""Traffic over one plane of a fabric: shortest paths, link loads and cuts, on arrays."""
