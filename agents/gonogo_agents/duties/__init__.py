"""The nine duties, one file each. Who plays all of them takes ``bodies``; who needs one thing loads one file."""
