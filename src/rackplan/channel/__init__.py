"""What carries a link: fiber channels and their rules, media, and lengths to order."""
