"""What people read: the operator's card and summary, the review notes, SUMMARY.md. Pure code over state and pack.

One file each; most who come here want ``safe`` alone.
"""
