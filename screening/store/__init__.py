"""The result store: one zarr v3 group per run, its ledger of finished chunks, and questions asked of its columns."""
