"""Networks made here, as they compute: perceptrons and ensembles of them, of images, of words, Bayesian."""
