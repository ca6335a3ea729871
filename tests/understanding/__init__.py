"""What callers ask of the form brain, in three trades, written down before there were rules to fulfil it (requests.py tells the form)."""
