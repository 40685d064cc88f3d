"""What runs on the desk computer: the simulated module, the virtual board, checks, figures."""
