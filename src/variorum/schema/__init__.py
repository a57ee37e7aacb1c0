"""The contract: label inventories, Label Studio's config and the published tables."""
