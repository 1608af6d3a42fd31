"""The checklist: each requirement of ScalarDL's guides, decided for a deployment, or for a person.

evidence.py     what was given: a deployment, manifests, nodes, keys, values; by domain
deciders/       one module for each subject: what the evidence says of a requirement
catalogue.py    which of them decides which requirement, and from what
judging.py      all answers, with what is exempt and what was known before
formats/        the answers for people and for machines
"""
