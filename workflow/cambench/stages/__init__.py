"""Stages that run a network or measure its maps: arrays in, blocks of arrays out. No stage imports another."""
