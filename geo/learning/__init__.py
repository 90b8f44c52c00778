"""Learning: weights from labelled pairs, from verdicts, or from a table alone.

`pairs` is a model of its own for any table of pairs (`./pantau train`, `score`); `em` and `labels` fit the weights
of the matcher's own levels. What is saved is tables of numbers: scoring needs numpy alone.
"""
