"""From a domain of a profile to the values of its charts: one module for each chart, `umbrella` over them."""
