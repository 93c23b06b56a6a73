"""Pure rules of the pipeline: what an order costs and when it must wait."""
