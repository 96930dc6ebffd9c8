"""From the metrics of each image to means, intervals, comparisons and costs."""
