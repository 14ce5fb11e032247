"""Implementation of the commands of cloud.just; each starts with Python 3.9 and its standard
library."""
