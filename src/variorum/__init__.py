"""Seed articles and Label Studio annotations become validated Parquet splits on the Hugging Face Hub.

The packages stand in the order in which the data flows: `corpus` (seeds -> frozen text), `schema` (the contract),
`annotations` (exports -> regions), `dataset` (regions -> tables), `hub` (tables -> the Hub's folder).
"""
