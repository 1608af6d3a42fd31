"""`scalardl-gen network`: who may talk to whom in rendered manifests, and whether it is what must be.

`connections` tells who may talk to whom, `judging` what is wrong with it, `asking` what one connection
meets, `difference` what two renderings differ in. `formats` shows each of them.
"""
