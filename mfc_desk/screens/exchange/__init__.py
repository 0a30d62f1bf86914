"""Обмен: the link, sticks, batches, the comparison with the centre."""
