"""The plumbing of the pictures: style and colours, axes, sliders, tables of accuracies."""
