"""What is believed: anchors, lists, answers, and what is looked at again."""
