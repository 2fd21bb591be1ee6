"""Checks and solvers for rigs: do the sensors sit where the rig says they do?"""
