"""What the user describes: groups, synapses, monitors, networks. Knows no kernels."""
