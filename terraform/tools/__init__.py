"""What the commands of cloud.just do; Python 3.9 and its standard library start each of them."""
