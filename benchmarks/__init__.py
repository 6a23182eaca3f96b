"""What is measured, each figure beside the bare limit of the same machine at the same moment. Run by `make bench`."""
