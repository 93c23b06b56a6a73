"""A fictional maker of ceramics and kitchenware, its catalogue, its people and ninety days of its life."""

HISTORY = "shopsite.seed_demo"  # kind of the job row that keeps how far the history is
