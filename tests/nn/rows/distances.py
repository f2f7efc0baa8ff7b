"""Distances and padding: functions of more than one node, held to PyTorch in a test of their own."""

_NAMES = ("normalize", "cosine_similarity", "pairwise_distance", "triplet_margin_loss", "pad", "one_hot")
ELSEWHERE = dict.fromkeys(
    (*_NAMES, "CosineSimilarity", "PairwiseDistance", "TripletMarginLoss"), "tests/nn/test_distances.py"
)
