"""The truth benchmark: tiny towns whose answers anybody can check by hand.

``towns/*.yaml`` hold them, ``town`` makes files of them and reads the product's answer, ``question`` puts them to
other tools, ``scores`` says what their answers are worth.
"""
