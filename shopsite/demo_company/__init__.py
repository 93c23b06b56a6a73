"""A fictional maker of ceramics and kitchenware, its catalogue, its people and ninety days of its life."""
