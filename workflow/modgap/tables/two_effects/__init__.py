"""Tables of Two Effects, One Trigger."""
