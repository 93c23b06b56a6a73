"""Pictures of every page of a running demo, for the documents and to look at after a change."""
