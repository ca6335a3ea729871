"""docs/API_NOTES.md, row by row: each mistake is made, and each right form used, on the installed libraries."""
