"""Files to models: the only place that reads YAML."""
