"""Design by gradients: the best film and operating point inside a study's ranges."""
