"""The demonstration: a believable regency that is plainly not a real one.

Every page, export, tile and picture made from it says *DATA CONTOH, bukan kegiatan nyata*.
"""
