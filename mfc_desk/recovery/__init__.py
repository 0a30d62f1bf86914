"""What outlives the disk: copies, the second place, a desk made anew in the place of a lost one."""
