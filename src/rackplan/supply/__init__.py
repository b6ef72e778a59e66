"""The power tree of a plan: what feeds every rack, and what it carries when something fails."""
