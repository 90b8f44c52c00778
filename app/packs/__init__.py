"""What is put together as evidence: the pack of a pair or a group, as a page and as a working paper."""
